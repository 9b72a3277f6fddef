import { runBot } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { MinimalBot } from "./bot.ts";

await runBot(MinimalBot, {
  name: "minimal-bot",
  version: "0.1.0",
  status: statusPort(),
});
