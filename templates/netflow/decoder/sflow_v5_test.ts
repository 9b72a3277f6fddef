import { assertEquals } from "@std/assert";
import { ethernetFrame } from "../testing/capture.ts";
import { testDecoder } from "../testing/decode.ts";
import {
  expandedFlowSample,
  flowSample,
  item,
  sampledHeader,
  sampledIpv4,
  sampledIpv6,
  sflow,
  words,
} from "../testing/sflow_builder.ts";
import { Decoder } from "./decoder.ts";

const PACKET = {
  source: "192.0.2.1",
  destination: "198.51.100.7",
  protocol: 6,
  sourcePort: 443,
  destinationPort: 50_000,
};
// What agents usually sample: the first 128 bytes of a frame of 1518 bytes.
const HEADER = sampledHeader(
  1518,
  ethernetFrame({ ...PACKET, payload: 1460, at: 0 }).subarray(0, 128),
);
const FLOW = { ...PACKET, bytes: 1518, isEgress: false, input: 1, output: 2 };

const V6 = { source: "2001:db8::1", destination: "2001:db8::2" };
const EXTENDED_SWITCH = item(1001, words(10, 0, 20, 0));
const COUNTERS = item(2, words(1, 1, 1, 1, 88, ...new Array(22).fill(3)));

Deno.test("decodeSflow decodes the headers of sampled packets", () => {
  const datagram = sflow(
    {},
    flowSample({ rate: 1000 }, HEADER, EXTENDED_SWITCH),
    COUNTERS,
    expandedFlowSample({ rate: 512, input: 70_000_000, output: 4_000_000_000 }, HEADER),
  );
  const { flows, malformed } = testDecoder()(datagram);
  assertEquals(malformed, 0);
  assertEquals(flows, [
    { ...FLOW, bytes: 1_518_000 },
    { ...FLOW, bytes: 777_216, input: 70_000_000, output: 4_000_000_000 },
  ]);
});

Deno.test("decodeSflow decodes sampled IP packets", () => {
  const ethernet = item(2, words(1518, 1, 2, 3, 4, 0x0800));
  const datagram = sflow(
    { agent: "2001:db8::254" },
    flowSample({}, sampledIpv4(1500, PACKET.source, PACKET.destination)),
    flowSample({}, sampledIpv6(1280, V6.source, V6.destination)),
    flowSample({}, ethernet),
    flowSample(
      {},
      sampledHeader(40, ethernetFrame({ ...PACKET, payload: 0, at: 0 }).subarray(14), 11),
    ),
    flowSample(
      {},
      sampledHeader(80, ethernetFrame({ ...PACKET, ...V6, payload: 0, at: 0 }).subarray(14), 12),
    ),
  );
  const none = { source: "", destination: "", protocol: -1, sourcePort: -1, destinationPort: -1 };
  assertEquals(testDecoder()(datagram).flows, [
    { ...FLOW, bytes: 1500 },
    { ...FLOW, ...V6, protocol: 17, bytes: 1280 },
    { ...FLOW, ...none },
    { ...FLOW, bytes: 40 },
    { ...FLOW, ...V6, bytes: 80 },
  ]);
});

Deno.test("decodeSflow makes one flow of a sample with several records, by the length of the frame", () => {
  const records = [
    sampledIpv4(1500, PACKET.source, PACKET.destination),
    HEADER,
    item(2, words(1518, 1, 2, 3, 4, 0x0800)),
  ];
  const { flows } = testDecoder()(
    sflow({}, flowSample({}, ...records), flowSample({}, ...records.reverse())),
  );
  assertEquals(flows, [FLOW, FLOW]);
});

Deno.test("decodeSflow counts sampled packets that it cannot read", () => {
  const { flows } = testDecoder()(
    sflow(
      {},
      flowSample({ rate: 10 }, sampledHeader(1500, new Uint8Array(40).fill(0x45), 4)), // FDDI
      flowSample({ rate: 10 }, sampledHeader(64, new Uint8Array(64))),
    ),
  );
  assertEquals(flows.map(({ bytes, protocol, source }) => [bytes, protocol, source]), [
    [15_000, -1, ""],
    [640, -1, ""],
  ]);
});

Deno.test("decodeSflow tells the direction by the interface that took the sample", () => {
  const VLAN = 1 << 24;
  const cases: [source: number, isEgress: boolean][] = [
    [1, false],
    [2, true],
    [3, false],
    [0, false],
    [VLAN + 2, false],
  ];
  for (const [source, isEgress] of cases) {
    for (const sample of [flowSample, expandedFlowSample]) {
      if (source > VLAN && sample === expandedFlowSample) continue;
      const { flows } = testDecoder()(sflow({}, sample({ source }, HEADER)));
      assertEquals(flows, [{ ...FLOW, isEgress }], `source ${source}`);
    }
  }
  const { flows } = testDecoder()(sflow({}, flowSample({ source: 1, output: 1 }, HEADER)));
  assertEquals(flows, [{ ...FLOW, output: 1 }]);
});

Deno.test("decodeSflow leaves out interfaces that are no index", () => {
  const DROPPED = 0x40000000;
  const MULTIPLE = 0x80000000;
  const INTERNAL = 0x3fffffff;
  for (const output of [0, INTERNAL, DROPPED + 258, MULTIPLE, MULTIPLE + 3]) {
    const { flows } = testDecoder()(sflow({}, flowSample({ output }, HEADER)));
    assertEquals(flows, [{ ...FLOW, output: -1 }]);
  }
  for (const input of [0, INTERNAL, 0xffffffff]) {
    const sample = expandedFlowSample({ source: 2, input }, HEADER);
    const { flows } = testDecoder()(sflow({}, sample));
    assertEquals(flows, [{ ...FLOW, input: -1, isEgress: true }]);
  }
});

Deno.test("decodeSflow skips what it does not know", () => {
  const HUAWEI = 2011 << 12;
  const { flows, malformed, undecodable } = testDecoder()(
    sflow(
      {},
      item(HUAWEI + 1, words(1, 2, 3)),
      item(4, new Uint8Array(100)), // expanded counters
      item(5, new Uint8Array(100)), // dropped packets
      flowSample({}, item(HUAWEI + 1, words(1)), HEADER),
    ),
  );
  assertEquals([flows, malformed, undecodable], [[FLOW], 0, 0]);
});

Deno.test("decodeSflow does not scale if the exporter does, and prefers a rate stated by hand", () => {
  const datagram = sflow({}, flowSample({ rate: 400 }, HEADER));
  assertEquals(testDecoder({ scaleSampled: false })(datagram).flows, [FLOW]);
  assertEquals(testDecoder()(sflow({}, flowSample({ rate: 0 }, HEADER))).flows, [FLOW]);
  const decoder = new Decoder();
  decoder.samplingRate = 100;
  let bytes = 0;
  decoder.decode(datagram, 0, (flow) => bytes += flow.bytes);
  assertEquals(bytes, 151_800);
});

Deno.test("decodeSflow counts lost datagrams of each agent and sub-agent", () => {
  const decode = testDecoder();
  const agents = [
    {},
    { subAgent: 1 },
    { agent: "10.0.0.253" },
    { agent: "2001:db8::254" },
  ];
  const lost = (sequence: number) =>
    agents.map((agent, n) => decode(sflow({ ...agent, sequence: 1000 * n + sequence })).lost);
  assertEquals(lost(1), [0, 0, 0, 0]);
  assertEquals(lost(2), [0, 0, 0, 0]);
  assertEquals(lost(5), [2, 2, 2, 2]);
});

Deno.test("decodeSflow keeps the whole samples of a datagram that is cut", () => {
  const datagram = sflow({}, flowSample({}, HEADER), flowSample({}, HEADER));
  const last = datagram.length - flowSample({}, HEADER).length;
  for (let length = 0; length < datagram.length; length++) {
    const { flows, malformed } = testDecoder()(datagram.subarray(0, length));
    assertEquals(flows, length < last ? [] : [FLOW]);
    assertEquals(malformed, 1);
  }
});

Deno.test("decodeSflow survives lengths and numbers that lie", () => {
  const sample = flowSample({}, HEADER);
  const longRecord = sample.slice();
  new DataView(longRecord.buffer).setUint32(8 + 32 + 4, 200);
  const manyRecords = sample.slice();
  new DataView(manyRecords.buffer).setUint32(8 + 28, 0xffffffff);
  const noRecords = sample.slice();
  new DataView(noRecords.buffer).setUint32(8 + 28, 0);
  const cases: [sample: Uint8Array, flows: unknown[], malformed: number, undecodable: number][] = [
    [longRecord, [], 1, 0],
    [manyRecords, [FLOW], 1, 0],
    [noRecords, [], 0, 1],
    [item(1, words(1, 2, 3)), [], 1, 0],
    [flowSample({}, item(1, words(1, 2, 3))), [], 0, 1],
    [flowSample({ rate: 0xffffffff }, sampledHeader(0xffffffff, new Uint8Array(14))), [], 0, 1],
  ];
  for (const [lie, expected, ...counts] of cases) {
    const { flows, malformed, undecodable } = testDecoder()(sflow({}, lie, sample));
    assertEquals(flows, [...expected, FLOW]);
    assertEquals([malformed, undecodable], counts);
  }
  const manySamples = sflow({}, sample);
  new DataView(manySamples.buffer).setUint32(24, 0xffffffff);
  const { flows, malformedReason } = testDecoder()(manySamples);
  assertEquals(flows, [FLOW]);
  assertEquals(malformedReason, "truncated after 1 of 4294967295 samples");
});

Deno.test("decodeSflow survives any bytes", () => {
  const datagram = sflow(
    {},
    flowSample({}, HEADER, EXTENDED_SWITCH),
    expandedFlowSample({}, sampledIpv6(1280, V6.source, V6.destination)),
    flowSample({}, sampledIpv4(1500, PACKET.source, PACKET.destination)),
  );
  let seed = 42;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  const decode = testDecoder();
  for (let n = 0; n < 20_000; n++) {
    const bytes = datagram.slice(0, random(datagram.length + 1));
    // Not the version.
    for (let times = random(6); times > 0 && bytes.length > 4; times--) {
      bytes[4 + random(bytes.length - 4)] = random(2) * random(256);
    }
    const { flows } = decode(bytes);
    for (const flow of flows) {
      assertEquals(Number.isSafeInteger(flow.bytes) && flow.bytes > 0, true);
      assertEquals(flow.protocol >= -1 && flow.protocol < 256, true);
      assertEquals(flow.sourcePort >= -1 && flow.destinationPort < 65_536, true);
    }
  }
});
