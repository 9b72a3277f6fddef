/**
 * Write data collector bots for [Grafolean](https://github.com/grafolean/grafolean).
 *
 * A bot asks Grafolean which devices to poll and how often, polls them, and sends the values back. This module does what
 * all bots have in common: it keeps the list of devices up to date, runs jobs on time, and delivers values without
 * losing any while the backend is away.
 *
 * ```ts ignore
 * import { Collector, intervalsOf, runBot } from "@grafolean/collector";
 * import type { EntityInfo, Job, PerformJob } from "@grafolean/collector";
 *
 * const perform: PerformJob<EntityInfo> = async (_affectingIntervals, device, context) => {
 *   const value = 42; // ask the device
 *   await context.sendResults(device.accountId, { [`entity.${device.entityId}.my.answer`]: value });
 * };
 *
 * class MyBot extends Collector {
 *   override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
 *     for await (const device of this.fetchJobConfigs("myprotocol")) {
 *       yield {
 *         jobId: `${device.entityId}`,
 *         name: device.name,
 *         intervals: intervalsOf(device),
 *         performJob: perform,
 *         jobParams: device,
 *       };
 *     }
 *   }
 * }
 *
 * await runBot(MyBot);
 * ```
 *
 * The other entry points are `/toolkit` (rates from counters, top lists, pools of sessions, settings of the bot's own),
 * `/status` (a status page, health and metrics of a running bot), `/testing` (a Grafolean in memory), `/setup` (creates in
 * Grafolean what a bot needs) and `/create` (creates a project).
 *
 * @module
 */

// A bot
export { Collector } from "./src/collector/collector.ts";
export type { CollectorOptions, ExecuteOptions, StartContext } from "./src/collector/options.ts";
export type { CollectorStats, RefreshStats, RunOnceReport } from "./src/collector/stats.ts";
export { runBot } from "./src/bot/run_bot.ts";
export type { BotClass, RunBotOptions } from "./src/bot/create_bot.ts";
export type { BotHealth, RunningBot, StatusPort } from "./src/bot/status_port.ts";
export type { HealthStatus } from "./src/bot/health.ts";

// Devices and jobs
export { dueSensors, intervalsOf } from "./src/discovery/entity_info.ts";
export type { EntityInfo, SensorInfo } from "./src/discovery/entity_info.ts";
export type {
  Job,
  JobContext,
  JobProblemOptions,
  JobProblems,
  PerformJob,
} from "./src/jobs/job.ts";
export type { LatenessSummary } from "./src/jobs/lateness.ts";

// Values
export { sendResultsToGrafolean } from "./src/delivery/send_results.ts";
export type { SendOptions, SendReport, UndeliveredValue } from "./src/delivery/send_results.ts";
export { pathPart } from "./src/values/paths.ts";
export type { Point, RefusedValue, Value, Values } from "./src/values/values.ts";
export type { CollectedResults } from "./src/delivery/collected_results.ts";
export type { ResultsStats } from "./src/delivery/results_stats.ts";

// Entities that a bot writes
export type { SyncChildEntitiesOptions } from "./src/entities/child_plan.ts";
export type { SyncChildEntitiesReport } from "./src/entities/sync_child_entities.ts";
export type {
  CreateMissingEntitiesOptions,
  CreateMissingEntitiesReport,
} from "./src/entities/create_missing_entities.ts";
export type { SkippedEntity, WantedEntity } from "./src/entities/wanted_entity.ts";

// Errors and logs
export { ConfigError, GrafoleanError } from "./src/util/errors.ts";
export { describeError } from "./src/util/describe_error.ts";
export type { Logger, LogLevel, LogRecord, LogSink } from "./src/util/log.ts";
export type { Problem, ProblemOptions, RaiseOptions } from "./src/util/problem.ts";
export type { ProblemLog } from "./src/util/problem_log.ts";
