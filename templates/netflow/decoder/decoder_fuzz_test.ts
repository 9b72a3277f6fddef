import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { concat } from "../testing/capture.ts";
import {
  ipfix,
  ipfixOptions,
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  uint,
  v5,
  v9,
  v9Options,
} from "../testing/packet_builder.ts";

const FLOW = {
  source: "10.0.0.1",
  destination: "10.0.0.2",
  bytes: 1,
  packets: 1,
  protocol: 1,
  sourcePort: 1,
  destinationPort: 1,
  input: 1,
  output: 1,
};

/** A valid packet of each version with every kind of set, and its number of flows. */
const VALID: Record<string, { packet: Uint8Array; flows: number }> = {
  v5: { packet: v5({}, FLOW, FLOW, FLOW), flows: 3 },
  v9: {
    packet: v9(
      {},
      set(1, v9Options(257, 1, [[1, 4], [34, 4]]), new Uint8Array(2)),
      set(257, uint(0, 4), uint(10, 4)),
      set(258, ipv4Record(1)),
      set(0, template(256, IPV4_FIELDS), template(258, IPV4_FIELDS)),
      set(256, ipv4Record(1), ipv4Record(2), new Uint8Array(2)),
    ),
    flows: 3,
  },
  IPFIX: {
    packet: ipfix(
      {},
      set(3, ipfixOptions(257, 1, [[302, 2], [305, 4], [306, 4]])),
      set(257, uint(3, 2), uint(1, 4), uint(99, 4)),
      set(2, template(259, IPV4_FIELDS), template(259, [])),
      set(258, ipv4Record(1)),
      set(2, template(258, IPV4_FIELDS), template(256, [[1, 4], [82, 65535], [1, 4, 29305]])),
      set(256, uint(1, 4), uint(3, 1), new Uint8Array(3), uint(2, 4)),
      set(256, uint(1, 4), uint(255, 1), uint(4, 2), new Uint8Array(4), uint(2, 4)),
    ),
    flows: 5,
  },
};

/** The most memory that an exporter may take. */
const MAX_MEMORY_BYTES = 64 * 110_000 + 128 * 1024;

function decodeAll(packets: Iterable<Uint8Array>): number {
  const exporters = new Exporters();
  exporters.setKnown(["192.0.2.1"]);
  let flows = 0;
  let now = 0;
  for (const packet of packets) {
    const result = decodePacket(packet, "192.0.2.1", exporters, now += 100);
    for (const { bytes } of result.flows) {
      assert(Number.isSafeInteger(bytes) && bytes >= 0);
      flows++;
    }
  }
  assert(exporters.get("192.0.2.1").memoryBytes < MAX_MEMORY_BYTES);
  return flows;
}

for (const [name, { packet, flows }] of Object.entries(VALID)) {
  Deno.test(`decodePacket survives every truncation of ${name}`, () => {
    assertEquals(decodeAll([packet]), flows);
    for (let length = 0; length < packet.length; length++) {
      assert(decodeAll([packet.slice(0, length)]) < flows);
    }
    decodeAll(Array.from(packet, (_, length) => packet.slice(0, length)));
  });

  Deno.test(`decodePacket survives every wrong byte in ${name}`, () => {
    for (const wrong of [0, 1, 4, 0x7f, 0x80, 0xff]) {
      decodeAll(Array.from(packet, (_, at) => packet.with(at, wrong)));
      for (let at = 2; at < packet.length - 1; at++) {
        decodeAll([packet.with(at, wrong).with(at + 1, wrong), packet]);
      }
    }
  });
}

Deno.test("decodePacket survives random bytes after a valid beginning", () => {
  const beginnings = Object.values(VALID).map(({ packet }) => packet);
  const packets = fc.array(
    fc.tuple(
      fc.constantFrom(...beginnings),
      fc.nat({ max: 200 }),
      fc.uint8Array({ maxLength: 300, size: "max" }),
    ).map(([packet, keep, rest]) => concat([packet.slice(0, keep), rest])),
    { maxLength: 20, size: "max" },
  );
  fc.assert(fc.property(packets, (all) => void decodeAll(all)), { numRuns: 300 });
});

Deno.test("decodePacket survives templates of random ids, domains and sizes", () => {
  let seed = 1;
  const random = (below: number) => (seed = seed * 48271 % 0x7fffffff) % below;
  decodeAll(function* () {
    for (let n = 0; n < 3000; n++) {
      const fields = Array.from({ length: random(300) }, () => [random(320), random(10)] as const);
      const content = set(2, template(256 + random(60_000), fields));
      yield ipfix({ domain: random(1000) }, content);
      yield ipfix(
        { domain: random(1000) },
        set(256 + random(60_000), new Uint8Array(random(1400))),
      );
    }
  }());
});

Deno.test("Exporters keeps known exporters during a flood of unknown ones, in bounded memory", () => {
  const exporters = new Exporters();
  const templates = v9({}, set(0, template(256, IPV4_FIELDS)));
  decodePacket(templates, "192.0.2.1", exporters, 0);
  decodePacket(templates, "192.0.2.2", exporters, 0);
  exporters.setKnown(["192.0.2.1"]);
  const pending = v9({}, set(300, new Uint8Array(60_000)), set(300, new Uint8Array(60_000)));
  for (let n = 0; n < 2000; n++) decodePacket(pending, `10.0.${n >> 8}.${n & 255}`, exporters, 0);
  const data = v9({}, set(256, ipv4Record(1)));
  assertEquals(decodePacket(data, "192.0.2.1", exporters, 0).flows.length, 1);
  assertEquals(decodePacket(data, "192.0.2.2", exporters, 0).flows.length, 0);
  assert(exporters.unknownBytes <= 16 * 1024 * 1024);
  // An exporter that is no longer known stays until there is no room.
  exporters.setKnown([]);
  assertEquals(decodePacket(data, "192.0.2.1", exporters, 0).flows.length, 1);
});
