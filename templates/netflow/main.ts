import { runBot } from "@grafolean/collector";
import { NetflowBot } from "./bot.ts";

await runBot(NetflowBot, { name: "netflow-bot", version: "0.1.0" });
