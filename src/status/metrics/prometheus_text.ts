import type { BotState } from "./bot_state.ts";
import { type HistogramMetric, type Metric, prometheusName } from "./metric.ts";

/** Returns metrics in the text format of Prometheus, version 0.0.4. */
export function prometheusText(metrics: readonly Metric[], state: BotState): string {
  const lines: string[] = [];
  for (const metric of metrics) {
    const name = prometheusName(metric);
    const samples = metric.type === "histogram"
      ? histogramLines(name, metric, state)
      : [...metric.read(state)].map(([value, ...labels]) =>
        `${name}${labelSet(metric.labels, labels)} ${value}`
      );
    if (samples.length === 0) continue;
    lines.push(
      `# HELP ${name} ${metric.help.replace(/[\\\n]/g, escaped)}`,
      `# TYPE ${name} ${metric.type}`,
      ...samples,
    );
  }
  return `${lines.join("\n")}\n`;
}

function histogramLines(name: string, metric: HistogramMetric, state: BotState): string[] {
  const { labels: names = [] } = metric;
  const { bounds, distributions } = metric.read(state);
  const lines: string[] = [];
  for (const [label, { counts, sum }] of distributions) {
    const labels = names.map(() => label);
    let total = 0;
    for (const [bucket, count] of counts.entries()) {
      total += count;
      const bound = `${bounds[bucket] ?? "+Inf"}`;
      lines.push(`${name}_bucket${labelSet([...names, "le"], [...labels, bound])} ${total}`);
    }
    const set = labelSet(names, labels);
    lines.push(`${name}_sum${set} ${sum}`, `${name}_count${set} ${total}`);
  }
  return lines;
}

function labelSet(names: readonly string[] = [], values: readonly string[]): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, index) =>
    `${name}="${values[index]!.replace(/[\\\n"]/g, escaped)}"`
  );
  return `{${pairs.join(",")}}`;
}

function escaped(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}
