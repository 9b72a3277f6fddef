import { runBot } from "@grafolean/collector";
import { SnmpBot } from "./bot.ts";

await runBot(SnmpBot, { name: "snmp-bot", version: "0.1.0" });
