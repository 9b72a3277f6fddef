import { runBot } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { SnmpBot } from "./bot.ts";
import { SNMP_SETTINGS } from "./settings.ts";

await runBot(SnmpBot, {
  name: "snmp-bot",
  version: "0.1.0",
  status: statusPort(),
  settings: SNMP_SETTINGS,
  // Jobs mostly wait, and each device has its own socket anyway: many that do not answer must not delay those that do.
  collector: { maxConcurrentJobs: 1000 },
});
