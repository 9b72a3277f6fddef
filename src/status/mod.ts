/**
 * Shows the status of a bot: a page for people, and health, stats and metrics for programs.
 *
 * {@linkcode statusPort} is for the main program of a bot; the settings say whether and where the status is shown.
 *
 * ```ts ignore
 * import { runBot } from "@grafolean/collector";
 * import { statusPort } from "@grafolean/collector/status";
 * import { MyBot } from "./bot.ts";
 *
 * await runBot(MyBot, { name: "mybot", version: "1.0.0", status: statusPort() });
 * ```
 *
 * @module
 */

export { statusPort } from "./status_port.ts";
export type { StatusPort } from "../bot/status_port.ts";
