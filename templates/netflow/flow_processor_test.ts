import { assert, assertEquals, assertMatch } from "@std/assert";
import { FlowStation } from "./flow_processor.ts";
import { parseSnapshot, type Snapshot, snapshotLines } from "./snapshot.ts";
import { IPV4_FIELDS, ipv4Record, set, template, v5, v9 } from "./testing_packets.ts";

const MINUTE = 60_000;
const EXPORTER = "192.0.2.1";
const ACCOUNT = 7;

function kit(snapshot?: Snapshot, now = 0) {
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level}: ${message}`);
  const log = { debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") };
  const station = new FlowStation({ log, now, snapshot });
  return { station, said, say: (level: string) => said.filter((line) => line.startsWith(level)) };
}

const serve = (station: FlowStation, ...exporters: string[]) =>
  station.serve(new Map([[ACCOUNT, exporters]]));

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

const bytesOf = async (station: FlowStation, now: number, exporter = EXPORTER) =>
  (await station.take(ACCOUNT, now)).map(({ label, reports }) => [
    label,
    reports.get(exporter)?.ingress.bytes,
  ]);

Deno.test("FlowStation adds up the flows of exporters that are entities", async () => {
  const { station } = kit();
  serve(station, EXPORTER);
  station.receive(flow(100), EXPORTER, 1000);
  station.receive(flow(11, 1), EXPORTER, 2000);
  station.receive(flow(5), "192.0.2.9", 2000);
  assertEquals(await bytesOf(station, MINUTE), [["1min", 111]]);
  assertEquals(station.counts.packets, 3);
  assertEquals(station.counts.flows, 2);
});

Deno.test("FlowStation remembers others that make sense", () => {
  const { station, said } = kit();
  serve(station, EXPORTER);
  station.receive(flow(1), EXPORTER, 0);
  station.receive(flow(1), "192.0.2.2", 0);
  station.receive(flow(1), "192.0.2.2", 0);
  station.receive(flow(1).slice(0, 30), "192.0.2.3", 0);
  station.receive(new TextEncoder().encode("GET / HTTP/1.1"), "192.0.2.4", 0);
  assertEquals(station.strangers(), ["192.0.2.2"]);
  assertEquals(said.filter((line) => line.includes("192.0.2.2")).length, 1);
  serve(station, EXPORTER, "192.0.2.2");
  assertEquals(station.strangers(), []);
});

Deno.test("FlowStation does not remember more strangers than a hundred", () => {
  const { station, say } = kit();
  for (let n = 0; n < 1000; n++) station.receive(flow(1), `10.0.${n >> 8}.${n & 255}`, 0);
  assertEquals(station.strangers().length, 100);
  assertEquals(say("warn").length, 1);
});

Deno.test("FlowStation says what is wrong once, and when it is over", () => {
  const { station, said, say } = kit();
  serve(station, EXPORTER, "192.0.2.2");
  for (let n = 0; n < 50; n++) station.receive(flow(1, n).slice(0, 30), EXPORTER, n);
  station.receive(flow(1).slice(0, 30), "192.0.2.2", 0);
  for (let n = 0; n < 50; n++) station.receive(new Uint8Array(9), `10.0.0.${n}`, n);
  assertEquals(say("warn").length, 3);
  assertMatch(said[0]!, /exporter 192\.0\.2\.1 sends what cannot be decoded: 1 flows announced/);
  assertEquals(station.counts.malformed, 101);
  station.review(9 * MINUTE);
  assertEquals(said.length, 3);
  station.review(11 * MINUTE);
  assertMatch(said[3]!, /^info: over since 10 minutes, after 50 times: exporter 192\.0\.2\.1/);
  station.receive(flow(1, 50).slice(0, 30), EXPORTER, 12 * MINUTE);
  assertEquals(say("warn").length, 4);
});

Deno.test("FlowStation says what was lost, but not what only came late", () => {
  const { station, say } = kit();
  serve(station, EXPORTER);
  for (const sequence of [0, 2, 1, 3]) station.receive(flow(1, sequence), EXPORTER, 0);
  station.review(0);
  assertEquals(say("warn"), []);
  station.receive(flow(1, 100), EXPORTER, 0);
  station.review(0);
  assertMatch(say("warn")[0]!, /96 flows of exporter 192\.0\.2\.1 were lost/);
  assertEquals(station.counts.lost, 96);
});

Deno.test("FlowStation says that data have no template", () => {
  const { station, say } = kit();
  serve(station, EXPORTER);
  const data = (sequence: number) => v9({ sequence }, set(256, ipv4Record(1)));
  station.receive(data(0), EXPORTER, 0);
  station.receive(data(1), EXPORTER, MINUTE + 1);
  assertMatch(say("warn")[0]!, /template has not come/);
  assertEquals(station.counts.undecodable, 1);
});

Deno.test("FlowStation goes on after a restart, before Grafolean has said anything", async () => {
  const before = kit();
  serve(before.station, EXPORTER);
  before.station.suggested.set(ACCOUNT, new Set(["192.0.2.9"]));
  before.station.receive(flow(100), EXPORTER, 1000);
  let snapshot: Snapshot | undefined;
  await before.station.save(
    (saved) => {
      snapshot = saved;
      return Promise.resolve();
    },
    5000,
    true,
  );
  const { station } = kit(snapshot, 6000);
  assertEquals(station.suggested, new Map([[ACCOUNT, new Set(["192.0.2.9"])]]));
  station.receive(flow(10), EXPORTER, 6000);
  station.receive(flow(1), "192.0.2.2", 6000);
  assertEquals(await bytesOf(station, MINUTE), [["1min", 110]]);
});

Deno.test("FlowStation knows the templates that came before an exporter became an entity", async () => {
  const { station } = kit();
  station.receive(v9({}, set(0, template(256, IPV4_FIELDS))), EXPORTER, 0);
  serve(station, EXPORTER);
  station.receive(v9({ sequence: 1 }, set(256, ipv4Record(7))), EXPORTER, 0);
  assertEquals(await bytesOf(station, MINUTE), [["1min", 7]]);
});

Deno.test("FlowStation knows templates from before a restart, unless they may have changed", async () => {
  const before = kit();
  serve(before.station, EXPORTER);
  before.station.receive(v9({ uptime: 9000 }, set(0, template(256, IPV4_FIELDS))), EXPORTER, 0);
  let text = "";
  const save = (saved: Snapshot) => {
    text = [...snapshotLines(saved)].join("\n");
    return Promise.resolve();
  };
  await before.station.save(save, 1000, true);
  const flowsOf = (now: number, uptime: number) => {
    const { station } = kit(parseSnapshot(text), now);
    station.receive(v9({ sequence: 77, uptime }, set(256, ipv4Record(7))), EXPORTER, now);
    station.receive(v9({ sequence: 78, uptime }, set(256, ipv4Record(7))), EXPORTER, now);
    return [station.counts.flows, station.counts.lost];
  };
  assertEquals(flowsOf(2000, 10_000), [2, 0]);
  assertEquals(flowsOf(2000, 500), [0, 0]); // The exporter has started again meanwhile.
  assertEquals(flowsOf(31 * MINUTE, 9_999_999), [0, 0]);
});

Deno.test("FlowStation does not change what is being saved", async () => {
  const { station } = kit();
  serve(station, EXPORTER);
  station.receive(flow(100), EXPORTER, 1000);
  const { promise, resolve } = Promise.withResolvers<void>();
  let during: Snapshot | undefined;
  const saving = station.save((snapshot) => {
    during = snapshot;
    return promise;
  }, MINUTE);
  station.receive(flow(1), EXPORTER, MINUTE);
  const taking = station.take(ACCOUNT, 15 * MINUTE);
  await new Promise((done) => setTimeout(done, 5));
  const quarter = during!.windows.windows[1]!.traffic.get(EXPORTER)!.ingress;
  assertEquals(quarter.report().bytes, 100);
  resolve();
  await saving;
  assert((await taking).some(({ label }) => label === "15min"));
});
