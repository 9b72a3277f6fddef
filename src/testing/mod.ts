/**
 * Helps to test bots: a Grafolean in memory.
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
export type { Method } from "./permission.ts";
export type { ListenOptions, SandboxServer } from "./listen.ts";
export type { Cost } from "./pace.ts";
export { Faults } from "./faults.ts";
export type { ActiveFault, Fault, RequestInfo } from "./faults.ts";
export { RequestLog } from "./request_log.ts";
export type { LoggedRequest } from "./request_log.ts";
export type { PathRow, StoredValue } from "./value_table.ts";
export type { ValuesListener } from "./arrivals.ts";
export { runJob } from "./run_job.ts";
export type { RunJobOptions, RunJobResult } from "./run_job.ts";
export { runInSandbox } from "./run_in_sandbox.ts";
export type { RunInSandboxOptions, SampleDevice, SampleSensor } from "./run_in_sandbox.ts";
