// Runs a bot whose metrics a registered SDK of OpenTelemetry exports, on Deno or Node. Prints the names of what is exported
// with the number of values or of observations, as JSON.

// deno-lint-ignore-file no-console

import { Sandbox } from "@grafolean/collector/testing";
import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { exportMetrics } from "../../src/status/metrics/export_metrics.ts";
import { type Meter, registeredMeter } from "../../src/status/metrics/meter.ts";
import { job, TestBot } from "../collector/collector_kit.ts";
import { runningBot } from "../status/metrics/running_bot.ts";

const isOffBefore = registeredMeter() === undefined;
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
metrics.setGlobalMeterProvider(provider);
provider.getMeter("") satisfies Meter;

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const { token } = sandbox.addBot({ protocol: "demo", account });
const bot = new TestBot({
  token,
  jobs: () => [
    job("works", {
      performJob: (_intervals, _params, { sendResults }) => sendResults(account.id, { a: 1, b: 2 }),
    }),
    job("fails", { performJob: () => Promise.reject(new Error("no answer")) }),
  ],
  options: { fetch: sandbox.fetch },
});
const exporting = exportMetrics(runningBot(bot), registeredMeter()!);
await bot.runOnce();
await provider.forceFlush();

const exported: Record<string, unknown> = {};
for (const { scopeMetrics } of exporter.getMetrics()) {
  for (
    const { descriptor: { name }, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)
  ) {
    for (const { value, attributes } of dataPoints) {
      const key = [name, ...Object.values(attributes)].join(" ");
      exported[key] = typeof value === "number" ? value : value.count;
    }
  }
}
exporting[Symbol.dispose]();
await provider.shutdown();
console.log(JSON.stringify({ isOffBefore, exported }));
