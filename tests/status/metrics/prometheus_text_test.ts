import { assertEquals } from "@std/assert";
import type { BotState } from "../../../src/status/metrics/bot_state.ts";
import { Histogram } from "../../../src/status/metrics/histogram.ts";
import { type Metric, prometheusName } from "../../../src/status/metrics/metric.ts";
import { prometheusText } from "../../../src/status/metrics/prometheus_text.ts";

// The metrics of these tests do not look at it.
const state = {} as BotState;

function textOf(metric: { readonly read: unknown; readonly [key: string]: unknown }): string {
  const complete = { name: "bot.things", type: "gauge", help: "Things" };
  return prometheusText([{ ...complete, ...metric } as unknown as Metric], state);
}

Deno.test("prometheusText escapes what ends a label or a line", () => {
  assertEquals(
    textOf({
      help: 'A \\ and a\nline and a "quote"',
      labels: ["kind", "other"],
      read: () => [[1, 'a "quoted" \\ path', "two\nlines"]],
    }),
    '# HELP bot_things A \\\\ and a\\nline and a "quote"\n' +
      "# TYPE bot_things gauge\n" +
      'bot_things{kind="a \\"quoted\\" \\\\ path",other="two\\nlines"} 1\n',
  );
});

Deno.test("prometheusText leaves out a metric that is not known", () => {
  assertEquals(textOf({ read: () => [] }), "\n");
});

Deno.test("prometheusText writes the buckets of a histogram as sums", () => {
  const histogram = new Histogram([0.5, 1], []);
  for (const value of [0.25, 0.75, 0.75, 2]) histogram.observe(value, "values");
  assertEquals(
    textOf({
      name: "bot.time",
      type: "histogram",
      unit: "s",
      labels: ["kind"],
      read: () => histogram,
    }),
    [
      "# HELP bot_time_seconds Things",
      "# TYPE bot_time_seconds histogram",
      'bot_time_seconds_bucket{kind="values",le="0.5"} 1',
      'bot_time_seconds_bucket{kind="values",le="1"} 3',
      'bot_time_seconds_bucket{kind="values",le="+Inf"} 4',
      'bot_time_seconds_sum{kind="values"} 3.75',
      'bot_time_seconds_count{kind="values"} 4',
      "",
    ].join("\n"),
  );
});

Deno.test("prometheusName names a metric as Prometheus does with one of OpenTelemetry", () => {
  const name = "bot.run.time";
  assertEquals(prometheusName({ name, type: "counter", unit: "s" }), "bot_run_time_seconds_total");
  assertEquals(prometheusName({ name, type: "counter" }), "bot_run_time_total");
  assertEquals(prometheusName({ name, type: "histogram", unit: "s" }), "bot_run_time_seconds");
  assertEquals(prometheusName({ name, type: "gauge" }), "bot_run_time");
});
