import type { LogRecord } from "@grafolean/collector";
import { ProblemLog } from "@grafolean/collector/toolkit";
import { assert, assertEquals } from "@std/assert";
import { Aggregator } from "./aggregator/aggregator.ts";
import { Decoder } from "./decoder/decoder.ts";
import type { Device } from "./device.ts";
import { Exporter } from "./exporter.ts";
import { Exporters } from "./exporters.ts";
import { parseState, stateLines } from "./state.ts";
import { IPV4_FIELDS, ipv4Record, set, template, v5, v9 } from "./testing/packet_builder.ts";

const TEMPLATE = v9({ sequence: 0 }, set(0, template(256, IPV4_FIELDS)));
const data = (sequence: number, bytes = 1500) => v9({ sequence }, set(256, ipv4Record(bytes)));

function setUp() {
  const lines: Pick<LogRecord, "level" | "message">[] = [];
  const write = (level: LogRecord["level"]) => (message: string) => {
    lines.push({ level, message });
  };
  const problems = new ProblemLog({
    debug: () => {},
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  });
  const aggregator = new Aggregator(0, { memoryBytes: 16_000_000 });
  const exporters = new Exporters({ aggregator, problems, scaleSampled: true });
  const bytesOf = (address: string) =>
    aggregator.nextEnded(60_000)?.report(address, "ingress").bytes;
  return { exporters, bytesOf, messages: () => lines.splice(0).map(({ message }) => message) };
}

const device = (address: string, more: Partial<Device> = {}): Device => ({
  accountId: 1,
  entityId: 7,
  name: "router",
  address,
  ...more,
});

Deno.test("Exporters counts the flows of devices only, with the templates that they sent before", () => {
  const { exporters, bytesOf } = setUp();
  exporters.receive(TEMPLATE, "2001:db8::1", 0);
  exporters.receive(data(1), "2001:db8::1", 0);
  exporters.setDevices([device("2001:db8::1")]);
  assertEquals(exporters.unknown, []);
  exporters.receive(data(2), "2001:db8::1", 0);
  exporters.setDevices([]);
  exporters.receive(data(3), "2001:db8::1", 0);
  assertEquals(exporters.unknown, ["2001:db8::1"]);
  exporters.setDevices([device("2001:db8::1")]);
  exporters.receive(data(4), "2001:db8::1", 0);
  assertEquals(bytesOf("2001:db8::1"), 3000);
});

Deno.test("Exporters remembers the first 100 unknown exporters, and devices whatever they send", () => {
  const { exporters, bytesOf } = setUp();
  exporters.setDevices([device("192.0.2.1")]);
  for (let n = 0; n < 300; n++) exporters.receive(TEMPLATE, `10.0.${n >> 8}.${n & 255}`, 0);
  assertEquals(exporters.unknown.length, 100);
  assertEquals(exporters.unknown.at(-1), "10.0.0.99");
  exporters.receive(TEMPLATE, "192.0.2.1", 0);
  exporters.receive(data(1), "192.0.2.1", 0);
  assertEquals(bytesOf("192.0.2.1"), 1500);
});

Deno.test("Exporters does not take a former device that sent no flows for an exporter", () => {
  const { exporters } = setUp();
  exporters.setDevices([device("192.0.2.1"), device("192.0.2.2"), device("192.0.2.3")]);
  exporters.receive(TEMPLATE, "192.0.2.2", 0);
  exporters.receive(Uint8Array.of(0, 1), "192.0.2.3", 0);
  exporters.setDevices([]);
  assertEquals(exporters.unknown, ["192.0.2.2"]);
});

Deno.test("Exporters does not take senders of something else for exporters", () => {
  const { exporters, messages } = setUp();
  exporters.receive(TEMPLATE, "192.0.2.1", 0);
  for (let n = 0; n < 300; n++) exporters.receive(Uint8Array.of(0, n & 1), `10.0.0.${n & 255}`, 0);
  assertEquals(exporters.unknown, ["192.0.2.1"]);
  exporters.takeLosses();
  exporters.takeLosses();
  const [exporter, stranger, ...others] = messages();
  assert(exporter?.startsWith("Ignoring flows of 192.0.2.1: "), exporter);
  assert(stranger?.startsWith("Ignoring packets of 10.0.0.43: "), stranger);
  assertEquals(others, []);
});

Deno.test("Exporters logs what to do about unknown exporters, until they are devices", () => {
  const { exporters, messages } = setUp();
  const hint = "enable netflow for devices with these addresses in Grafolean";
  exporters.receive(TEMPLATE, "192.0.2.7", 0);
  exporters.takeLosses();
  assertEquals(messages(), [`Ignoring flows of 192.0.2.7: ${hint}`]);
  for (let n = 7; n > 0; n--) exporters.receive(TEMPLATE, `192.0.2.${n}`, 0);
  exporters.setDevices([device("192.0.2.2")]);
  exporters.takeLosses();
  const five = "192.0.2.1, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6";
  const [line] = messages();
  assert(line?.startsWith(`Ignoring flows of ${five} and 1 more: ${hint}`), line);
  exporters.receive(TEMPLATE, "192.0.2.2", 0);
  exporters.takeLosses();
  assertEquals(messages(), []);
});

Deno.test("Exporters counts what each device lost since the last call", () => {
  const { exporters, messages } = setUp();
  exporters.setDevices([device("192.0.2.1"), device("192.0.2.2")]);
  const take = () => exporters.takeLosses().get("192.0.2.1")!;
  const receive = (sequence: number) => exporters.receive(data(sequence), "192.0.2.1", 0);
  exporters.receive(TEMPLATE, "192.0.2.1", 0);
  assertEquals(take(), { lost: 0, malformed: 0, undecodable: 0 });
  receive(4);
  exporters.receive(Uint8Array.of(0, 9, 0), "192.0.2.1", 0);
  assertEquals(take(), { lost: 3, malformed: 1, undecodable: 0 });
  assertEquals(take(), { lost: 0, malformed: 0, undecodable: 0 });
  assertEquals(exporters.takeLosses().get("192.0.2.2"), { lost: 0, malformed: 0, undecodable: 0 });
  const lines = messages();
  assertEquals(lines.length, 2);
  for (const line of lines) assert(line.includes('"router" (192.0.2.1)'), line);
});

Deno.test("Exporters logs once that a device sends something else, whatever the bytes are", () => {
  const { exporters, messages } = setUp();
  exporters.setDevices([device("192.0.2.1")]);
  for (let n = 0; n < 8; n++) {
    exporters.receive(Uint8Array.of(0xa0 + n, 0xc0 + n, 0xff), "192.0.2.1", 0);
    exporters.takeLosses();
  }
  assertEquals(messages().length, 1);
});

Deno.test("Exporter subtracts what arrived late after all from what is lost later", () => {
  const decoder = new Decoder();
  const aggregator = new Aggregator(0);
  const exporter = new Exporter("192.0.2.1", decoder, aggregator);
  const problems = new ProblemLog({ debug() {}, info() {}, warn() {}, error() {} });
  const losses = [5, 3, 4, 6].map((lost) => {
    decoder.counts.lost = lost;
    return exporter.takeLosses(problems).lost;
  });
  assertEquals(losses, [5, 0, 0, 1]);
});

Deno.test("Exporters reports two devices with one address and different sampling rates", () => {
  const { exporters, messages } = setUp();
  const router = device("192.0.2.1", { samplingRate: 10 });
  const other = { ...router, accountId: 2, entityId: 8, name: "the same" };
  exporters.setDevices([router, { ...other, samplingRate: 20 }]);
  assertEquals(messages(), [
    '"router" and "the same" (192.0.2.1) have one address but different sampling rates: ' +
    "write the same, 10 is used",
  ]);
  exporters.setDevices([{ ...router, name: "renamed" }, device("192.0.2.1")]);
  assertEquals(messages().map((line) => line.startsWith("Resolved after")), [true]);
});

Deno.test("Exporters knows the exporters from before a restart, and the sampling rates stated by hand", () => {
  const before = setUp();
  before.exporters.setDevices([device("192.0.2.1", { samplingRate: 10 })]);
  before.exporters.receive(TEMPLATE, "192.0.2.1", 0);
  const decoders = before.exporters.decoderStates();
  const lines = [...stateLines({ savedAt: 0, traffic: [], decoders, suggested: new Map() })];
  const aggregator = new Aggregator(0, { memoryBytes: 16_000_000 });
  const exporters = new Exporters({
    aggregator,
    problems: new ProblemLog({ debug() {}, info() {}, warn() {}, error() {} }),
    scaleSampled: true,
    decoders: parseState(lines.join("\n")).decoders,
  });
  exporters.receive(data(1), "192.0.2.1", 0);
  exporters.receive(data(2), "192.0.2.2", 0);
  exporters.setDevices([device("192.0.2.1")]);
  exporters.receive(data(3), "192.0.2.1", 0);
  assertEquals(aggregator.nextEnded(60_000)?.report("192.0.2.1", "ingress").bytes, 15_000 + 1500);
  assertEquals(exporters.unknown, ["192.0.2.2"]);
});

Deno.test("Exporters adds the flows of each direction", () => {
  const { exporters, bytesOf } = setUp();
  exporters.setDevices([device("192.0.2.1")]);
  const flow = {
    source: "10.0.0.1",
    destination: "10.9.0.1",
    bytes: 5,
    packets: 1,
    protocol: 6,
    sourcePort: 1,
    destinationPort: 2,
    input: 3,
    output: 4,
  };
  exporters.receive(v5({}, flow, flow), "192.0.2.1", 0);
  exporters.receive(TEMPLATE, "192.0.2.1", 0);
  exporters.receive(v9({ sequence: 1 }, set(256, ipv4Record(7, 1))), "192.0.2.1", 0);
  assertEquals(exporters.counts, { packets: 3, flows: 3 });
  assertEquals(bytesOf("192.0.2.1"), 10);
});
