import { runBot } from "@grafolean/collector";
import { PingBot } from "./bot.ts";

await runBot(PingBot, {
  name: "ping-bot",
  version: "0.1.0",
  // Jobs mostly wait: when a whole network is down, many of them wait for all their timeouts.
  collector: { maxConcurrentJobs: 256 },
});
