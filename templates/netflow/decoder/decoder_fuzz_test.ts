import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Decoder } from "./decoder.ts";
import { restart, stateText } from "../testing/decode.ts";
import {
  concat,
  ipfix,
  ipfixOptions,
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  uint,
  v5,
  V5_FLOW,
  v9,
  v9Options,
} from "../testing/packet_builder.ts";

/** A valid packet of each version with every kind of set, and its number of flows. */
const VALID: Record<string, { packet: Uint8Array; flows: number }> = {
  v5: { packet: v5({}, V5_FLOW, V5_FLOW, V5_FLOW), flows: 3 },
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

function decodeAll(packets: Iterable<Uint8Array>, maxMemoryBytes = 1024 * 1024): number {
  const decoder = new Decoder();
  decoder.maxMemoryBytes = maxMemoryBytes;
  let now = 0;
  for (const packet of packets) {
    decoder.decode(packet, now += 100, ({ bytes }) => {
      assert(Number.isSafeInteger(bytes) && bytes >= 0);
    });
  }
  assert(decoder.memoryBytes <= maxMemoryBytes);
  // What the bot would write to its state file can be read again.
  assertEquals(stateText(restart(decoder)), stateText(decoder));
  return decoder.counts.flows;
}

for (const [name, { packet, flows }] of Object.entries(VALID)) {
  Deno.test(`Decoder survives every truncation of ${name}`, () => {
    assertEquals(decodeAll([packet]), flows);
    for (let length = 0; length < packet.length; length++) {
      assert(decodeAll([packet.slice(0, length)]) <= flows);
    }
    decodeAll(Array.from(packet, (_, length) => packet.slice(0, length)));
  });

  Deno.test(`Decoder survives every wrong byte in ${name}`, () => {
    for (const wrong of [0, 1, 4, 0x7f, 0x80, 0xff]) {
      decodeAll(Array.from(packet, (_, at) => packet.with(at, wrong)));
      for (let at = 2; at < packet.length - 1; at++) {
        decodeAll([packet.with(at, wrong).with(at + 1, wrong), packet]);
      }
    }
  });
}

Deno.test("Decoder survives random bytes after a valid beginning", () => {
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

Deno.test("Decoder survives templates of random ids, domains and sizes", () => {
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
