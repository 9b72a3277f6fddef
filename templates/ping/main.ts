import { runBot } from "@grafolean/collector";
import { PingBot } from "./bot.ts";

await runBot(PingBot, {
  name: "ping-bot",
  version: "0.1.0",
  // A job spends its time waiting. When a whole network is away, many of them wait for all their timeouts.
  collector: { maxConcurrentJobs: 256 },
});
