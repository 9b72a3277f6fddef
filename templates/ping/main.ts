import { runBot } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { PingBot } from "./bot.ts";
import { PING_SETTINGS } from "./settings.ts";

await runBot(PingBot, {
  name: "ping-bot",
  version: "0.1.0",
  status: statusPort(),
  settings: PING_SETTINGS,
  // A job costs next to nothing while it waits for its packets: devices that do not answer must not delay the others.
  collector: { maxConcurrentJobs: 10_000 },
});
