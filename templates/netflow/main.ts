import { runBot } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { NetflowBot } from "./bot.ts";
import { NETFLOW_SETTINGS } from "./settings.ts";

await runBot(NetflowBot, {
  name: "netflow-bot",
  version: "0.1.0",
  status: statusPort(),
  about:
    "Receives NetFlow, IPFIX and sFlow from the devices configured in Grafolean, and sends sums until stopped.",
  settings: NETFLOW_SETTINGS,
});
