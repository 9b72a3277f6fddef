/**
 * Tools to test bots:
 *
 * - {@linkcode Sandbox}: a Grafolean in memory that answers as the real one does and gives access to the stored values.
 * - {@linkcode runJob}: runs one job, without Grafolean, and returns the values that it would send.
 * - {@linkcode runInSandbox}: runs a bot against sample devices until Ctrl-C, while you write it, and serves a page with
 *   live charts, the status of the bot, and switches for faults.
 *
 * @example A test of a whole bot
 * ```ts
 * import { Collector, intervalsOf } from "@grafolean/collector";
 * import type { EntityInfo, Job, PerformJob } from "@grafolean/collector";
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const poll: PerformJob<EntityInfo> = async (_intervals, device, context) => {
 *   await context.sendResults(device.accountId, { "kitchen.temperature": 21.5 });
 * };
 *
 * class ThermoBot extends Collector {
 *   override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
 *     for await (const device of this.fetchJobConfigs("thermo")) {
 *       yield {
 *         jobId: `${device.entityId}`,
 *         name: device.name,
 *         intervals: intervalsOf(device),
 *         performJob: poll,
 *         jobParams: device,
 *       };
 *     }
 *   }
 * }
 *
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount();
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
  HalfSaveOptions,
  PersonOptions,
  Ref,
  SandboxOptions,
  SensorOptions,
  WaitOptions,
} from "./sandbox_options.ts";
export type { Method } from "./backend/permission.ts";
export type { Cost } from "./backend/backend.ts";
export type { PathRow, StoredValue } from "./backend/value_table.ts";
export type { ListenOptions, SandboxPageOptions, SandboxServer } from "./listen.ts";
export type { ActiveFault, Fault, Faults, RequestInfo } from "./faults.ts";
export type { LoggedRequest, RequestLog } from "./request_log.ts";
export type { ValuesListener } from "./values_listeners.ts";

export { runJob } from "./run_job.ts";
export type { RunJobOptions, RunJobResult } from "./run_job.ts";

export { runInSandbox } from "./run_in_sandbox.ts";
export type { RunInSandboxOptions } from "./run_in_sandbox.ts";
export type { SampleDevice, SampleSensor } from "./sample_devices.ts";
