import type { RunningBot } from "../../bot/status_port.ts";
import { BotStateReader } from "./bot_state.ts";
import { METRICS } from "./definitions.ts";
import type { Meter, ObservableCallback } from "./meter.ts";
import type { HistogramMetric, ValueMetric } from "./metric.ts";
import type { Tally } from "./tally.ts";

/** Passes the metrics of a bot to OpenTelemetry, until it is disposed. */
export function exportMetrics(bot: RunningBot, meter: Meter): Disposable {
  const reader = new BotStateReader(bot);
  const { tally } = reader;
  const histograms = METRICS.filter((metric) => metric.type === "histogram");
  for (const metric of histograms) listen(metric, meter, tally);

  const instruments = new Map(
    METRICS.filter((metric) => metric.type !== "histogram")
      .map((metric) => [metric, createInstrument(metric, meter)]),
  );
  // At once: at the end of the process Deno still waits for an answer that is under way.
  const observeAll: ObservableCallback = (result) => {
    const state = reader.readAtOnce();
    for (const [{ read, labels = [] }, instrument] of instruments) {
      for (const [value, ...values] of read(state)) {
        const attributes = Object.fromEntries(labels.map((label, at) => [label, values[at]!]));
        result.observe(instrument, value, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(observeAll, [...instruments.values()]);
  return {
    [Symbol.dispose]() {
      meter.removeBatchObservableCallback(observeAll, [...instruments.values()]);
      reader[Symbol.dispose]();
    },
  };
}

function createInstrument(
  { name, type, unit, help: description }: ValueMetric,
  meter: Meter,
): object {
  const options = { description, unit: unit ?? "" };
  return type === "counter"
    ? meter.createObservableCounter(name, options)
    : meter.createObservableGauge(name, options);
}

function listen(metric: HistogramMetric, meter: Meter, tally: Tally): void {
  const { name, unit, help: description, labels: [label] = [] } = metric;
  const histogram = metric.read({ tally });
  const instrument = meter.createHistogram(name, {
    description,
    unit: unit ?? "",
    advice: { explicitBucketBoundaries: [...histogram.bounds] },
  });
  histogram.listener = (value, labelValue) =>
    instrument.record(value, label === undefined ? undefined : { [label]: labelValue });
}
