import { runBot } from "@grafolean/collector";
import { SnmpBot } from "./bot.ts";
import { SNMP_SETTINGS } from "./settings.ts";

await runBot(SnmpBot, {
  name: "snmp-bot",
  version: "0.1.0",
  settings: SNMP_SETTINGS,
  // Jobs mostly wait: when a whole network is down, many of them wait for all their timeouts.
  collector: { maxConcurrentJobs: 256 },
});
