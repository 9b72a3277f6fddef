import type { BotState } from "./bot_state.ts";
import type { Histogram } from "./histogram.ts";

/** A metric of a bot, as the documentation, Prometheus and OpenTelemetry show it. */
export type Metric = ValueMetric | HistogramMetric;

interface AnyMetric {
  /** The name by the conventions of OpenTelemetry, such as `grafolean.bot.run.duration`. */
  readonly name: string;
  /** The unit: seconds. @default none: a number of things */
  readonly unit?: "s";
  /** What it is, in a sentence without a period. */
  readonly help: string;
  /** The names of its labels. @default none */
  readonly labels?: readonly string[];
}

/** A metric whose current values are read. */
export interface ValueMetric extends AnyMetric {
  /** Whether its values only rise. */
  readonly type: "counter" | "gauge";
  /** Returns its values; none while they are not known. */
  readonly read: (state: BotState) => Iterable<Sample>;
}

/** A metric whose observations are counted in buckets. */
export interface HistogramMetric extends AnyMetric {
  readonly type: "histogram";
  /** Returns the observations, by the value of its label if it has one. */
  readonly read: (state: Pick<BotState, "tally">) => Histogram;
}

/** A value of a metric, with the values of its labels in their order. */
export type Sample = readonly [value: number, ...labels: readonly string[]];

/**
 * Returns the name of a metric in Prometheus. These are the names that Prometheus itself makes of those of OpenTelemetry, so
 * that dashboards work whichever way the numbers come.
 */
export function prometheusName(
  { name, unit, type }: Pick<Metric, "name" | "unit" | "type">,
): string {
  const parts = [name.replaceAll(".", "_")];
  if (unit === "s") parts.push("seconds");
  if (type === "counter") parts.push("total");
  return parts.join("_");
}
