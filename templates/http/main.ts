import { runBot } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { HttpBot } from "./bot.ts";

await runBot(HttpBot, {
  name: "http-bot",
  version: "0.1.0",
  status: statusPort(),
});
