import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { METRICS } from "../../../src/status/metrics/definitions.ts";
import { prometheusName } from "../../../src/status/metrics/metric.ts";

const page = await Deno.readTextFile(join(import.meta.dirname!, "../../../docs/metrics.md"));

Deno.test("METRICS are in the table of docs/metrics.md", () => {
  const rows = [...page.matchAll(/^\| `(.*?)` *\| (\w+) *\| (.*?) *\| (.*?) *\|$/gm)];
  assertEquals(
    rows.map(([, name, type, labels, help]) => [name, type, labels, help]),
    METRICS.map((metric) => [
      prometheusName(metric),
      metric.type,
      (metric.labels ?? []).map((label) => `\`${label}\``).join(", "),
      metric.help,
    ]),
  );
});

Deno.test("METRICS has every metric that docs/metrics.md names", () => {
  const names = new Set(METRICS.map(prometheusName));
  for (const [name] of page.matchAll(/\bgrafolean_bot_\w+/g)) assert(names.has(name), name);
});

Deno.test("METRICS have names and labels that Prometheus and OpenTelemetry take", () => {
  assertEquals(new Set(METRICS.map(prometheusName)).size, METRICS.length);
  for (const { name, labels = [], type } of METRICS) {
    assert(/^[a-z]+(\.[a-z]+(_[a-z]+)*)+$/.test(name), name);
    for (const label of labels) assert(/^[a-z]+$/.test(label) && label !== "le", label);
    if (type === "histogram") assert(labels.length <= 1, name);
  }
});
