import { runBot } from "@grafolean/collector";
import { HttpBot } from "./bot.ts";

await runBot(HttpBot, { name: "http-bot", version: "0.1.0" });
