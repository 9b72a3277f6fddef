import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals, assertGreater } from "@std/assert";
import { fileURLToPath } from "node:url";
import { exportMetrics } from "../../../src/status/metrics/export_metrics.ts";
import type { ObservableCallback } from "../../../src/status/metrics/meter.ts";
import { grafolean, TestBot } from "../../collector/collector_kit.ts";
import { until } from "../../until.ts";
import { runningBot } from "./running_bot.ts";

const PROGRAM = fileURLToPath(new URL("exporting_bot.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

type Attributes = readonly {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}[];

/** A metric as OpenTelemetry exports it. */
interface ExportedMetric {
  readonly name: string;
  readonly unit: string;
  readonly gauge?: Points;
  readonly sum?: Points & { readonly isMonotonic: boolean };
  readonly histogram?: Points;
}

interface Points {
  readonly dataPoints: readonly {
    readonly attributes: Attributes;
    readonly asDouble?: number;
    readonly count?: string;
    readonly explicitBounds?: readonly number[];
  }[];
}

/** Receives what OpenTelemetry exports over HTTP. */
function listenForTelemetry() {
  const texts: string[] = [];
  let metrics: ReadonlyMap<string, ExportedMetric> = new Map();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const text = await request.text();
    texts.push(text);
    if (new URL(request.url).pathname.endsWith("/metrics")) {
      const scopes = JSON.parse(text).resourceMetrics[0].scopeMetrics as {
        readonly scope: { readonly name: string };
        readonly metrics: readonly ExportedMetric[];
      }[];
      const own = scopes.find(({ scope }) => scope.name === "@grafolean/collector");
      metrics = new Map(own?.metrics.map((metric) => [metric.name, metric]));
    }
    return Response.json({});
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    /** Everything that was received. */
    texts,
    /** The metrics of the last export, by name. */
    get metrics() {
      return metrics;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("exportMetrics passes the numbers of a bot to OpenTelemetry, without its token", async () => {
  await using telemetry = listenForTelemetry();
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "named", account });
  const credential = sandbox.addCredential(account, { protocol: "named" });
  const sensor = sandbox.addSensor(account, { protocol: "named", defaultInterval: 1 });
  sandbox.addEntity(account, {
    name: "traced",
    protocols: { named: { credential, bot, sensors: [sensor] } },
  });
  await using server = await sandbox.listen();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-env",
      `--config=${CONFIG}`,
      PROGRAM,
    ],
    env: {
      NO_COLOR: "1",
      LOG_LEVEL: "debug",
      BACKEND_URL: server.url,
      BOT_TOKEN: bot.token,
      OTEL_DENO: "true",
      OTEL_DENO_TRACING: "false",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.url,
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const point = (name: string, label?: string) => {
      const metric = telemetry.metrics.get(`grafolean.bot.${name}`);
      const { dataPoints = [] } = metric?.gauge ?? metric?.sum ?? metric?.histogram ?? {};
      return dataPoints.find(({ attributes }) =>
        label === undefined || attributes.some(({ value }) => value.stringValue === label)
      );
    };
    const sent = () => point("values", "sent")?.asDouble ?? 0;
    await until(() => sent() >= 2, sent);
    const { metrics } = telemetry;
    assertEquals(metrics.get("grafolean.bot.values")?.sum?.isMonotonic, true);
    assertEquals(point("devices_polled")?.asDouble, 1);
    assertGreater(point("runs", "ok")?.asDouble ?? 0, 1);
    assertEquals(metrics.get("grafolean.bot.run.duration")?.unit, "s");
    const duration = point("run.duration");
    assertGreater(Number(duration?.count), 1);
    assertEquals(duration?.explicitBounds?.slice(0, 3), [0.001, 0.005, 0.01]);
    assertGreater(Number(point("request.duration", "values")?.count), 0);
    const all = telemetry.texts.join().toLowerCase();
    assert(!all.includes(bot.token.slice(0, 13)));
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
});

Deno.test("exportMetrics ends when it is disposed", async () => {
  const { sandbox, bot: { token } } = grafolean();
  const bot = new TestBot({ token, jobs: () => [], options: { fetch: sandbox.fetch } });
  const callbacks = new Set<ObservableCallback>();
  let records = 0;
  const exporting = exportMetrics(runningBot(bot), {
    createHistogram: () => ({ record: () => void records++ }),
    createObservableCounter: () => ({}),
    createObservableGauge: () => ({}),
    addBatchObservableCallback: (callback) => void callbacks.add(callback),
    removeBatchObservableCallback: (callback) => void callbacks.delete(callback),
  });
  assertEquals(callbacks.size, 1);
  await bot.runOnce();
  const recorded = records;
  assertGreater(recorded, 0);
  exporting[Symbol.dispose]();
  assertEquals(callbacks.size, 0);
  await bot.runOnce();
  assertEquals(records, recorded);
});

Deno.test("exportMetrics tells all numbers at once", () => {
  const bot = new TestBot({ jobs: () => [] });
  for (let i = 0; i < 1000; i++) bot.raise(`${i}`, "Odd", { kind: "odd things" });
  let ask: ObservableCallback | undefined;
  using _exporting = exportMetrics(runningBot(bot), {
    createHistogram: () => ({ record() {} }),
    createObservableCounter: (name) => ({ name }),
    createObservableGauge: (name) => ({ name }),
    addBatchObservableCallback: (callback) => ask = callback,
    removeBatchObservableCallback() {},
  });
  const told: unknown[] = [];
  const promise: unknown = ask!({
    observe: (instrument, value, labels) => told.push([instrument, value, labels]),
  });
  assertEquals(promise, undefined);
  const open = [{ name: "grafolean.bot.problems_open" }, 1000, { kind: "odd things" }];
  assertEquals(told.at(-1), open);
});
