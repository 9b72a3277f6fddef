import { assertEquals } from "@std/assert";
import { testDecoder } from "../testing/decode.ts";
import {
  concat,
  ipfix,
  IPV4_FIELDS,
  ipv4Record,
  set,
  type Spec,
  template,
  uint,
  v9,
} from "../testing/packet_builder.ts";

for (
  const [name, packet, templateSet] of [["v9", v9, 0], ["IPFIX", ipfix, 2]] as const
) {
  Deno.test(`Decoder decodes 64-bit counters of ${name} exactly, and refuses impossible ones`, () => {
    const decode = testDecoder();
    decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))));
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    assertEquals(decode(packet({}, set(256, ipv4Record(most)))).flows[0]?.bytes, Number(most));
    for (const impossible of [most + 1n, 2n ** 64n - 1n]) {
      const { flows, undecodable } = decode(
        packet({}, set(256, ipv4Record(5), ipv4Record(impossible), ipv4Record(6))),
      );
      assertEquals([flows.map(({ bytes }) => bytes), undecodable], [[5, 6], 1]);
    }
  });

  Deno.test(`Decoder skips fields of ${name} with an invalid length`, () => {
    const fields: Spec[] = [[1, 9], [85, 3], [8, 16], [12, 4], [27, 4], [4, 0]];
    const { flows } = testDecoder()(packet(
      {},
      set(templateSet, template(256, fields)),
      set(256, new Uint8Array(9), uint(70_000, 3), new Uint8Array(16), uint(1, 4), uint(2, 4)),
    ));
    assertEquals(
      flows.map((flow) => [flow.bytes, flow.source, flow.destination, flow.protocol]),
      [[70_000, "", "0.0.0.1", -1]],
    );
  });
}

Deno.test("Decoder skips IPFIX fields of variable length and of enterprises", () => {
  const decode = testDecoder();
  const fields: Spec[] = [[1, 4], [82, 65535], [5, 2, 9], [96, 65535, 9], [1, 8, 4242], [4, 1]];
  const { flows, malformedReason } = decode(ipfix(
    {},
    set(2, template(256, fields)),
    set(
      256,
      concat([uint(11, 4), uint(2, 1), uint(0, 2), uint(1, 2), uint(0, 1), uint(2, 8), uint(6, 1)]),
      concat([
        uint(12, 4),
        uint(255, 1),
        uint(300, 2),
        new Uint8Array(300),
        uint(1, 2),
        uint(1, 1),
        uint(0, 1),
        uint(2, 8),
        uint(17, 1),
      ]),
    ),
  ));
  assertEquals(flows.map(({ bytes, protocol }) => [bytes, protocol]), [[11, 6], [12, 17]]);
  assertEquals(malformedReason, "");
});

Deno.test("Decoder reports a field of variable length that extends beyond its set", () => {
  const decode = testDecoder();
  decode(ipfix({}, set(2, template(256, [[1, 4], [82, 65535], [4, 1]]))));
  const record = [uint(5, 4), uint(2, 1), uint(0, 2), uint(6, 1)];
  for (const length of [[uint(3, 1)], [uint(255, 1), uint(3, 2)], [uint(255, 1)]]) {
    const { flows, malformedReason } = decode(
      ipfix({}, set(256, ...record, uint(5, 4), ...length, uint(0, 2))),
    );
    assertEquals(flows.map(({ bytes, protocol }) => [bytes, protocol]), [[5, 6]]);
    assertEquals(malformedReason, "a record that extends beyond its set");
  }
});

Deno.test("Decoder splits a biflow into two flows", () => {
  const decode = testDecoder();
  const fields: Spec[] = [[1, 4], [1, 4, 29305], [2, 4], [2, 4, 29305], ...IPV4_FIELDS.slice(0, 5)];
  const { flows } = decode(ipfix(
    {},
    set(2, template(256, fields)),
    set(256, uint(100, 4), uint(2000, 4), uint(1, 4), uint(20, 4), ipv4Record(0).slice(0, 18)),
  ));
  assertEquals(
    flows.map((flow) => [flow.bytes, flow.source, flow.input, flow.output]),
    [[100, "10.0.0.1", 70_000, 2], [2000, "192.168.7.9", 2, 70_000]],
  );
});

Deno.test("Decoder decodes initiator and responder octets of firewalls", () => {
  const { flows } = testDecoder()(v9(
    {},
    set(0, template(256, [[231, 4], [232, 4]])),
    set(256, uint(100, 4), uint(0, 4), uint(7, 4), uint(8, 4), uint(0, 4), uint(9, 4)),
  ));
  assertEquals(flows.map(({ bytes }) => bytes), [100, 7, 8, 9]);
});

/** Decodes one record of the fields, which hold the values. */
function decodeRecord(fields: readonly (readonly [Spec, value: number])[]) {
  return testDecoder()(ipfix(
    {},
    set(2, template(256, fields.map(([spec]) => spec))),
    set(256, ...fields.map(([[, length], value]) => uint(value, length))),
  ));
}

for (
  const [what, fields, bytes] of [
    ["bytes that leave if none enter", [[[1, 4], 0], [[23, 4], 70]], [70]],
    ["bytes that enter, not also those that leave", [[[1, 4], 60], [[23, 4], 70]], [60]],
    ["bytes that leave if nothing else is counted", [[[23, 8], 70]], [70]],
    ["totals of flows", [[[85, 8], 100], [[352, 8], 118]], [100]],
    ["totals of what leaves", [[[171, 8], 100]], [100]],
    ["bytes of frames if those of packets are not counted", [[[352, 8], 118]], [118]],
    ["totals of frames", [[[353, 4], 118]], [118]],
    ["the bytes of a flow, not those of its connection", [[[1, 4], 5], [[231, 4], 50], [
      [232, 4],
      60,
    ]], [5]],
    ["bytes of the responder alone", [[[232, 4], 60]], [60]],
  ] as const
) {
  Deno.test(`Decoder counts ${what}`, () => {
    const { flows, undecodable } = decodeRecord(fields);
    assertEquals([flows.map((flow) => flow.bytes), undecodable], [bytes, 0]);
  });
}

Deno.test("Decoder reports records without a byte counter", () => {
  const { flows, malformed, undecodable, undecodableReason } = testDecoder()(v9(
    {},
    set(0, template(300, [[8, 4], [2, 4]])),
    set(300, uint(1, 8), uint(2, 8)),
  ));
  assertEquals([flows.length, malformed, undecodable], [0, 0, 2]);
  assertEquals(undecodableReason, "records of template 300 have no byte counter");
});

Deno.test("Decoder does not report that events of NAT and firewalls have no byte counter", () => {
  for (const event of [230, 233, 40005]) {
    const { flows, undecodable } = decodeRecord([[[8, 4], 1], [[event, 1], 1]]);
    assertEquals([flows.length, undecodable], [0, 0]);
  }
});

Deno.test("Decoder leaves out what a record does not have", () => {
  assertEquals(decodeRecord([[[1, 4], 5]]).flows, [{
    bytes: 5,
    isEgress: false,
    input: -1,
    output: -1,
    protocol: -1,
    source: "",
    destination: "",
    sourcePort: -1,
    destinationPort: -1,
  }]);
});

Deno.test("Decoder leaves out a protocol that there cannot be", () => {
  assertEquals(decodeRecord([[[1, 4], 5], [[4, 2], 17]]).flows[0]?.protocol, 17);
  assertEquals(decodeRecord([[[1, 4], 5], [[4, 2], 256]]).flows[0]?.protocol, -1);
});

Deno.test("Decoder takes the addresses that are not 0 from templates with IPv4 and IPv6", () => {
  const decode = testDecoder();
  decode(v9({}, set(0, template(256, [[1, 4], [8, 4], [12, 4], [27, 16], [28, 16]]))));
  const ipv4 = [uint(0x0a000001, 4), uint(0x0a000002, 4)];
  const ipv6 = [uint(1n << 125n | 1n, 16), uint(1n << 125n | 2n, 16)];
  const { flows } = decode(v9(
    { sequence: 1 },
    set(256, uint(5, 4), ...ipv4, uint(0, 32), uint(6, 4), uint(0, 8), ...ipv6),
  ));
  assertEquals(flows.map(({ source, destination }) => [source, destination]), [
    ["10.0.0.1", "10.0.0.2"],
    ["2000::1", "2000::2"],
  ]);
});

Deno.test("Decoder has no ports of ICMP where its type has a field of its own", () => {
  const ports = (fields: readonly (readonly [Spec, value: number])[]) => {
    const { sourcePort, destinationPort } = decodeRecord([[[1, 4], 5], ...fields]).flows[0]!;
    return [sourcePort, destinationPort];
  };
  assertEquals(ports([[[4, 1], 1], [[7, 2], 0], [[11, 2], 2048]]), [0, 2048]);
  assertEquals(ports([[[4, 1], 1], [[7, 2], 0], [[11, 2], 0], [[32, 2], 2048]]), [-1, -1]);
  assertEquals(ports([[[4, 1], 58], [[7, 2], 0], [[11, 2], 0], [[178, 1], 128]]), [-1, -1]);
  assertEquals(ports([[[4, 1], 6], [[7, 2], 80], [[11, 2], 99], [[32, 2], 0]]), [80, 99]);
});

// An IPv4 header: TCP from 10.0.0.1 to 10.0.0.2, then ports 1000 and 80.
const IP_PACKET = [
  uint(0x4500_0018_0000_0000n, 8),
  uint(0x4006_0000, 4),
  uint(0x0a00_0001_0a00_0002n, 8),
  uint(1000, 2),
  uint(80, 2),
];

for (
  const [what, section, headers] of [
    ["frames", 315, [uint(0, 12), uint(0x0800, 2)]],
    ["packets", 313, []],
  ] as const
) {
  for (const isVariable of [true, false]) {
    const length = isVariable ? "variable" : "fixed";
    Deno.test(`Decoder reads addresses and ports from sampled ${what} of ${length} length`, () => {
      const bytes = [...headers, ...IP_PACKET];
      const size = bytes.reduce((sum, part) => sum + part.length, 0);
      const { flows } = testDecoder()(ipfix(
        {},
        set(2, template(256, [[10, 4], [312, 2], [section, isVariable ? 65535 : size], [14, 4]])),
        set(
          256,
          uint(1, 4),
          uint(1500, 2),
          ...(isVariable ? [uint(size, 1)] : []),
          ...bytes,
          uint(2, 4),
        ),
      ));
      assertEquals(flows, [{
        bytes: 1500,
        isEgress: false,
        input: 1,
        output: 2,
        protocol: 6,
        source: "10.0.0.1",
        destination: "10.0.0.2",
        sourcePort: 1000,
        destinationPort: 80,
      }]);
    });
  }
}
