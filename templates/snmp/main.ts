import { runBot } from "@grafolean/collector";
import { SnmpBot } from "./bot.ts";

await runBot(SnmpBot, {
  name: "snmp-bot",
  version: "0.1.0",
  // A job spends its time waiting. When a whole network is away, many of them wait for all their timeouts.
  collector: { maxConcurrentJobs: 256 },
});
