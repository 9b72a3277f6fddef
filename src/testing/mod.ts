/**
 * Helps to test bots: a Grafolean in memory, and what runs one job, or a whole bot, against it.
 *
 * - {@linkcode Sandbox}: takes the requests of a bot, answers as the real one does, and tells what was stored.
 * - {@linkcode runJob}: runs one job, with no Grafolean at all, and tells which values it would send.
 * - {@linkcode runInSandbox}: runs a bot against sample devices until Ctrl-C, for whoever is writing it.
 *
 * @example A test of a whole bot
 * ```ts
 * import { Collector, intervalsOf, type PerformJob } from "@grafolean/collector";
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const poll: PerformJob = async (_intervals, _device, context) => {
 *   await context.sendResults(1, { "kitchen.temperature": 21.5 });
 * };
 *
 * class ThermoBot extends Collector {
 *   override async *jobs() {
 *     for await (const device of this.fetchJobConfigs("thermo")) {
 *       yield {
 *         jobId: `${device.entityId}`,
 *         intervals: intervalsOf(device),
 *         jobParams: device,
 *         performJob: poll,
 *       };
 *     }
 *   }
 * }
 *
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount({ id: 1 });
 * const bot = sandbox.addBot({ protocol: "thermo", account });
 * const credential = sandbox.addCredential(account, { protocol: "thermo" });
 * const sensor = sandbox.addSensor(account, { protocol: "thermo", defaultInterval: 60 });
 * sandbox.addEntity(account, { protocols: { thermo: { credential, bot, sensors: [sensor] } } });
 *
 * const collector = new ThermoBot("http://sandbox/api", bot.token, 120, { fetch: sandbox.fetch });
 * await collector.runOnce();
 * assertEquals(sandbox.values(account).map(({ p, v }) => [p, v]), [["kitchen.temperature", 21.5]]);
 * ```
 *
 * @module
 */

export { Sandbox } from "./sandbox.ts";
export type { HalfSaveOptions, SandboxOptions, WaitOptions } from "./sandbox.ts";
export { Installation } from "./installation.ts";
export type { InstallationOptions } from "./installation.ts";
export type {
  Account,
  AccountOptions,
  Bot,
  BotOptions,
  Created,
  CredentialOptions,
  Details,
  EntityOptions,
  EntityProtocol,
  EntitySensor,
  Grant,
  Grants,
  Ref,
  SensorOptions,
} from "./installation_options.ts";
export type { Method } from "./backend/permission.ts";
export type { ListenOptions, SandboxServer } from "./listen.ts";
export type { Cost } from "./backend/pace.ts";
export { Faults } from "./faults.ts";
export type { ActiveFault, Fault, RequestInfo } from "./faults.ts";
export { RequestLog } from "./request_log.ts";
export type { LoggedRequest } from "./request_log.ts";
export type { PathRow, StoredValue } from "./backend/value_table.ts";
export type { ValuesListener } from "./arrivals.ts";
export { runJob } from "./run_job.ts";
export type { RunJobOptions, RunJobResult } from "./run_job.ts";
export { runInSandbox } from "./run_in_sandbox.ts";
export type { RunInSandboxOptions, SampleDevice, SampleSensor } from "./run_in_sandbox.ts";
