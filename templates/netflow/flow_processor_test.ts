import { ProblemLog } from "@grafolean/collector/toolkit";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { mock } from "node:test";
import { FlowProcessor } from "./flow_processor.ts";
import { parseSnapshot, type Snapshot, snapshotLines } from "./snapshot.ts";
import { IPV4_FIELDS, ipv4Record, set, template, v5, v9 } from "./testing/packet_builder.ts";

const MINUTE = 60_000;
const EXPORTER = "192.0.2.1";
const ACCOUNT = 7;

function setUp(snapshot?: Snapshot, now = 0) {
  const logged: string[] = [];
  const push = (level: string) => (message: string) => void logged.push(`${level}: ${message}`);
  const log = { debug: () => {}, info: push("info"), warn: push("warn"), error: push("error") };
  const problems = new ProblemLog(log);
  const processor = new FlowProcessor({ log, problems, now, snapshot });
  const warnings = () => logged.filter((line) => line.startsWith("warn"));
  return { processor, problems, logged, warnings };
}

const setKnown = (processor: FlowProcessor, ...exporters: string[]) =>
  processor.setKnown(new Map([[ACCOUNT, exporters]]));

const flow = (bytes: number, sequence = 0) =>
  v5({ sequence }, {
    source: "10.0.0.1",
    destination: "10.9.0.1",
    bytes,
    packets: 1,
    protocol: 6,
    sourcePort: 1,
    destinationPort: 2,
    input: 3,
    output: 4,
  });

const bytesOf = async (processor: FlowProcessor, now: number, exporter = EXPORTER) =>
  (await processor.take(ACCOUNT, now)).map(({ label, reports }) => [
    label,
    reports.get(exporter)?.ingress.bytes,
  ]);

Deno.test("FlowProcessor sums up the flows of known exporters", async () => {
  const { processor } = setUp();
  setKnown(processor, EXPORTER);
  processor.receive(flow(100), EXPORTER, 1000);
  processor.receive(flow(11, 1), EXPORTER, 2000);
  processor.receive(flow(5), "192.0.2.9", 2000);
  assertEquals(await bytesOf(processor, MINUTE), [["1min", 111]]);
  assertEquals(processor.counts.packets, 3);
  assertEquals(processor.counts.flows, 2);
});

Deno.test("FlowProcessor lists unknown exporters that send valid packets", () => {
  const { processor, logged } = setUp();
  setKnown(processor, EXPORTER);
  processor.receive(flow(1), EXPORTER, 0);
  processor.receive(flow(1), "192.0.2.2", 0);
  processor.receive(flow(1), "192.0.2.2", 0);
  processor.receive(flow(1).slice(0, 30), "192.0.2.3", 0);
  processor.receive(new TextEncoder().encode("GET / HTTP/1.1"), "192.0.2.4", 0);
  assertEquals(processor.unknownExporters(), ["192.0.2.2"]);
  assertEquals(logged.filter((line) => line.includes("192.0.2.2")).length, 1);
  setKnown(processor, EXPORTER, "192.0.2.2");
  assertEquals(processor.unknownExporters(), []);
});

Deno.test("FlowProcessor lists at most 100 unknown exporters", () => {
  const { processor, warnings } = setUp();
  for (let n = 0; n < 1000; n++) processor.receive(flow(1), `10.0.${n >> 8}.${n & 255}`, 0);
  assertEquals(processor.unknownExporters().length, 100);
  assertEquals(warnings().length, 1);
});

Deno.test("FlowProcessor warns of a problem once, and logs when it is over", () => {
  let minute = 0;
  const clock = mock.method(performance, "now", () => minute * MINUTE);
  const { processor, problems, logged, warnings } = setUp();
  setKnown(processor, EXPORTER, "192.0.2.2");
  for (let n = 0; n < 50; n++) processor.receive(flow(1, n).slice(0, 30), EXPORTER, n);
  processor.receive(flow(1).slice(0, 30), "192.0.2.2", 0);
  for (let n = 0; n < 50; n++) processor.receive(new Uint8Array(9), `10.0.0.${n}`, n);
  assertEquals(warnings().length, 3);
  assertMatch(
    logged[0]!,
    /Exporter 192\.0\.2\.1 sends malformed packets: truncated after 0 of 1 flows/,
  );
  assertEquals(processor.counts.malformed, 101);
  minute = 9;
  problems.tick();
  assertEquals(logged.length, 3);
  minute = 11;
  problems.tick();
  assertMatch(logged[3]!, /^info: Resolved after 11 min \(50 times\): Exporter 192\.0\.2\.1/);
  processor.receive(flow(1, 50).slice(0, 30), EXPORTER, 12 * MINUTE);
  assertEquals(warnings().length, 4);
  clock.mock.restore();
});

Deno.test("FlowProcessor warns of lost flows, but not of late ones", () => {
  const { processor, warnings } = setUp();
  setKnown(processor, EXPORTER);
  for (const sequence of [0, 2, 1, 3]) processor.receive(flow(1, sequence), EXPORTER, 0);
  processor.report();
  assertEquals(warnings(), []);
  processor.receive(flow(1, 100), EXPORTER, 0);
  processor.report();
  assertMatch(warnings()[0]!, /Lost 96 flows of exporter 192\.0\.2\.1/);
  assertEquals(processor.counts.lost, 96);
});

Deno.test("FlowProcessor warns of data without a template", () => {
  const { processor, warnings } = setUp();
  setKnown(processor, EXPORTER);
  const data = (sequence: number) => v9({ sequence }, set(256, ipv4Record(1)));
  processor.receive(data(0), EXPORTER, 0);
  processor.receive(data(1), EXPORTER, MINUTE + 1);
  assertMatch(warnings()[0]!, /no template arrived/);
  assertEquals(processor.counts.droppedSets, 1);
});

Deno.test("FlowProcessor continues after a restart, before the devices are known", async () => {
  const before = setUp();
  setKnown(before.processor, EXPORTER);
  before.processor.suggested.set(ACCOUNT, new Set(["192.0.2.9"]));
  before.processor.receive(flow(100), EXPORTER, 1000);
  let snapshot: Snapshot | undefined;
  await before.processor.save(
    (saved) => {
      snapshot = saved;
      return Promise.resolve();
    },
    5000,
    true,
  );
  const { processor } = setUp(snapshot, 6000);
  assertEquals(processor.suggested, new Map([[ACCOUNT, new Set(["192.0.2.9"])]]));
  processor.receive(flow(10), EXPORTER, 6000);
  processor.receive(flow(1), "192.0.2.2", 6000);
  assertEquals(await bytesOf(processor, MINUTE), [["1min", 110]]);
});

Deno.test("FlowProcessor keeps the templates of an exporter that becomes known", async () => {
  const { processor } = setUp();
  processor.receive(v9({}, set(0, template(256, IPV4_FIELDS))), EXPORTER, 0);
  setKnown(processor, EXPORTER);
  processor.receive(v9({ sequence: 1 }, set(256, ipv4Record(7))), EXPORTER, 0);
  assertEquals(await bytesOf(processor, MINUTE), [["1min", 7]]);
});

Deno.test("FlowProcessor keeps templates over a restart, unless they may have changed", async () => {
  const before = setUp();
  setKnown(before.processor, EXPORTER);
  before.processor.receive(v9({ uptime: 9000 }, set(0, template(256, IPV4_FIELDS))), EXPORTER, 0);
  let text = "";
  const save = (saved: Snapshot) => {
    text = [...snapshotLines(saved)].join("\n");
    return Promise.resolve();
  };
  await before.processor.save(save, 1000, true);
  const flowsOf = (now: number, uptime: number) => {
    const { processor } = setUp(parseSnapshot(text), now);
    processor.receive(v9({ sequence: 77, uptime }, set(256, ipv4Record(7))), EXPORTER, now);
    processor.receive(v9({ sequence: 78, uptime }, set(256, ipv4Record(7))), EXPORTER, now);
    return [processor.counts.flows, processor.counts.lost];
  };
  assertEquals(flowsOf(2000, 10_000), [2, 0]);
  assertEquals(flowsOf(2000, 500), [0, 0]); // The exporter restarted meanwhile.
  assertEquals(flowsOf(31 * MINUTE, 9_999_999), [0, 0]);
});

Deno.test("FlowProcessor does not change the state while it is saved", async () => {
  const { processor } = setUp();
  setKnown(processor, EXPORTER);
  processor.receive(flow(100), EXPORTER, 1000);
  const { promise, resolve } = Promise.withResolvers<void>();
  let during: Snapshot | undefined;
  const saving = processor.save((snapshot) => {
    during = snapshot;
    return promise;
  }, MINUTE);
  processor.receive(flow(1), EXPORTER, MINUTE);
  const taking = processor.take(ACCOUNT, 15 * MINUTE);
  await new Promise((done) => setTimeout(done, 5));
  const quarter = during!.aggregator.windows[1]!.traffic.get(EXPORTER)!.ingress;
  assertEquals(quarter.report().bytes, 100);
  resolve();
  await saving;
  assert((await taking).some(({ label }) => label === "15min"));
});
