/**
 * Creates in Grafolean what a bot needs: `deno task setup` in a project. What that is stands in the project's `setup.ts`.
 *
 * @example
 * ```ts ignore
 * import { runSetup } from "@grafolean/collector/setup";
 * import { PROTOCOL, ThermoBot } from "./bot.ts";
 *
 * await runSetup(ThermoBot, {
 *   name: "thermo-bot",
 *   protocol: PROTOCOL,
 *   credential: [{ name: "password", question: "Password of the thermometers", secret: true }],
 *   sensors: [{ name: "temperature", interval: 60 }],
 *   device: [{ name: "ipv4", question: "IP address" }],
 *   charts: ({ device }) => [{
 *     title: "temperature",
 *     series: [{ path: `entity.${device}.${PROTOCOL}.temperature`, label: "Temperature", unit: "°C" }],
 *   }],
 * });
 * ```
 *
 * @module
 */

export { runSetup } from "./run_setup.ts";
export type {
  SetupChart,
  SetupDefinition,
  SetupField,
  SetupIds,
  SetupPermission,
  SetupSensor,
  SetupSeries,
} from "./definition.ts";
