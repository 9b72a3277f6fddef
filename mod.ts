/**
 * Write data collector bots for [Grafolean](https://github.com/grafolean/grafolean).
 *
 * A bot asks Grafolean which devices it should poll and how often, polls them, and sends the numbers back. This module
 * does everything that is the same for all bots: it keeps the list of devices up to date, runs jobs on time, and
 * delivers values so that none is lost while the backend is away.
 *
 * ```ts ignore
 * import { Collector, type EntityInfo, intervalsOf, type PerformJob, runBot } from "@grafolean/collector";
 *
 * const perform: PerformJob<EntityInfo> = async (_affectingIntervals, device, context) => {
 *   const value = 42; // ask the device
 *   await context.sendResults(device.accountId, { [`entity.${device.entityId}.my.answer`]: value });
 * };
 *
 * class MyBot extends Collector {
 *   override async *jobs() {
 *     for await (const device of this.fetchJobConfigs("myprotocol")) {
 *       yield {
 *         jobId: `${device.entityId}`,
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
 * @module
 */

export { Collector } from "./src/collector.ts";
export type { ExecuteOptions } from "./src/collector.ts";
export type { CollectorOptions, CollectorStats, RunOnceReport } from "./src/collector_options.ts";
export { sendResultsToGrafolean } from "./src/results/send_results.ts";
export type { SendOptions, SendReport } from "./src/results/send_results.ts";
export type { Point, Rejected, Value, Values } from "./src/results/values.ts";
export { CounterRate } from "./src/results/counter_rate.ts";
export type { CounterRateOptions, CounterReading } from "./src/results/counter_rate.ts";
export { TopN } from "./src/results/top_n.ts";
export type { TopEntry, TopNState } from "./src/results/top_n.ts";
export type { CollectedResults, ResultsStats } from "./src/results/results_desk.ts";
export { pathPart } from "./src/results/paths.ts";
export { loadConfig, loadVariables } from "./src/config.ts";
export type { BotConfig, LoadConfigOptions } from "./src/config.ts";
export { describeError } from "./src/describe_error.ts";
export { waitForGrafolean } from "./src/grafolean/wait_for_grafolean.ts";
export type { WaitForGrafoleanOptions } from "./src/grafolean/wait_for_grafolean.ts";
export { ConfigError } from "./src/config_error.ts";
export type { ChildrenReport } from "./src/grafolean/child_entities.ts";
export type { FoundEntities, FoundReport } from "./src/grafolean/missing_entities.ts";
export type { ChildrenWanted, WantedChild } from "./src/grafolean/child_plan.ts";
export { GrafoleanError } from "./src/grafolean/grafolean_error.ts";
export type { GrafoleanErrorOptions } from "./src/grafolean/grafolean_error.ts";
export { intervalsOf } from "./src/jobs/entity_info.ts";
export type { EntityInfo, SensorInfo } from "./src/jobs/entity_info.ts";
export type { Job, JobContext, PerformJob } from "./src/jobs/job.ts";
export type { RefreshStats } from "./src/job_refresher.ts";
export { KeyedPool } from "./src/jobs/keyed_pool.ts";
export type { KeyedPoolOptions } from "./src/jobs/keyed_pool.ts";
export { ProblemLog } from "./src/jobs/problem_log.ts";
export type { LatenessSummary } from "./src/health/lateness.ts";
export type { Clock } from "./src/jobs/steady_clock.ts";
export type { Logger, LogLevel, LogRecord, LogSink } from "./src/log.ts";
export { runBot } from "./src/run_bot.ts";
export type { BotClass, RunBotOptions } from "./src/bot_main.ts";
