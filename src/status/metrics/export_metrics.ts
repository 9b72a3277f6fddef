import type { RunningBot } from "../../bot/status_port.ts";
import { BotStateReader } from "./bot_state.ts";
import { METRICS } from "./definitions.ts";
import type { Meter, ObservableCallback } from "./meter.ts";
import type { HistogramMetric, ValueMetric } from "./metric.ts";
import type { Tally } from "./tally.ts";

/** Passes the metrics of a bot to OpenTelemetry, until it is disposed. */
export function exportMetrics(bot: RunningBot, meter: Meter): AsyncDisposable {
  const reader = new BotStateReader(bot);
  const { tally } = reader;
  const histograms = METRICS.filter((metric) => metric.type === "histogram");
  for (const metric of histograms) listen(metric, meter, tally);

  const instruments = new Map(
    METRICS.filter((metric) => metric.type !== "histogram")
      .map((metric) => [metric, createInstrument(metric, meter)]),
  );
  const observe: ObservableCallback = async (result) => {
    const state = await reader.read();
    for (const [{ read, labels }, instrument] of instruments) {
      for (const [value, ...values] of read(state)) {
        const attributes = Object.fromEntries(labels.map((label, at) => [label, values[at]!]));
        result.observe(instrument, value, attributes);
      }
    }
  };
  let observing: Promise<void> | undefined;
  const observeAll: ObservableCallback = (result) => observing = observe(result);
  meter.addBatchObservableCallback(observeAll, [...instruments.values()]);
  return {
    async [Symbol.asyncDispose]() {
      meter.removeBatchObservableCallback(observeAll, [...instruments.values()]);
      reader[Symbol.dispose]();
      // Deno would wait for it at the end of the process, where nothing goes on any more.
      await observing?.catch(() => {});
    },
  };
}

function createInstrument(
  { name, type, unit, help: description }: ValueMetric,
  meter: Meter,
): object {
  return type === "counter"
    ? meter.createObservableCounter(name, { description, unit })
    : meter.createObservableGauge(name, { description, unit });
}

function listen(metric: HistogramMetric, meter: Meter, tally: Tally): void {
  const { name, unit, help: description, labels: [label] } = metric;
  const histogram = metric.read({ tally });
  const instrument = meter.createHistogram(name, {
    description,
    unit,
    advice: { explicitBucketBoundaries: [...histogram.bounds] },
  });
  histogram.listener = (value, labelValue) =>
    instrument.record(value, label === undefined ? undefined : { [label]: labelValue });
}
