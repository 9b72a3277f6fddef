/**
 * Tools for bots whose protocol needs them:
 *
 * - {@linkcode CounterRate}: rates from counters that only grow.
 * - {@linkcode TopN}: the largest of very many sums.
 * - {@linkcode KeyedPool}: sessions that stay open, one per device.
 * - {@linkcode parseHostPort}: the address of a device, with or without a port.
 * - {@linkcode ProblemLog}: logs lasting problems once. A bot has one already, as `this.problems`.
 * - {@linkcode loadSettings}: settings of the bot's own, from the environment and `.env`.
 *
 * @example The rate of a counter
 * ```ts
 * import { CounterRate } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * const rates = new CounterRate();
 * rates.read("eth0", 1000n, 0);
 * assertEquals(rates.read("eth0", 7000n, 60).perSecond, 100);
 * ```
 *
 * @module
 */

export { CounterRate } from "./counter_rate.ts";
export type { CounterRateOptions, CounterReading } from "./counter_rate.ts";
export { parseHostPort } from "./host_port.ts";
export type { HostPort } from "./host_port.ts";
export { KeyedPool } from "./keyed_pool.ts";
export type { KeyedPoolOptions } from "./keyed_pool.ts";
export { loadSettings } from "./settings.ts";
export type { LoadSettingsOptions, Setting, SettingsTable, SettingValues } from "./settings.ts";
export { TopN } from "./top_n.ts";
export type { TopEntry, TopNState } from "./top_n.ts";
export { ProblemLog } from "../util/problem_log.ts";
export type { Problem, ProblemOptions, RaiseOptions } from "../util/problem.ts";
