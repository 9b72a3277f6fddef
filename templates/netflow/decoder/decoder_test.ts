import { assert, assertEquals } from "@std/assert";
import { Decoder } from "./decoder.ts";
import { testDecoder } from "../testing/decode.ts";
import {
  addressBytes,
  concat,
  ipfix,
  ipfixOptions,
  IPV4_FIELDS,
  ipv4Flow,
  ipv4Record,
  set,
  template,
  uint,
  v5,
  V5_FLOW,
  v9,
} from "../testing/packet_builder.ts";

Deno.test("Decoder decodes flows of v5", () => {
  const { flows, ...rest } = testDecoder()(v5({}, V5_FLOW, { ...V5_FLOW, bytes: 1 }));
  const { packets: _, ...flow } = V5_FLOW;
  assertEquals(flows, [
    { ...flow, isEgress: false },
    { ...flow, isEgress: false, bytes: 1 },
  ]);
  assertEquals(rest, {
    lost: 0,
    malformed: 0,
    undecodable: 0,
    malformedReason: "",
    undecodableReason: "",
  });
});

Deno.test("Decoder counts lost flows of v5 for each engine", () => {
  const decode = testDecoder();
  decode(v5({ sequence: 10 }, V5_FLOW, V5_FLOW));
  assertEquals(decode(v5({ sequence: 12 }, V5_FLOW)).lost, 0);
  assertEquals(decode(v5({ sequence: 500, engine: 1 }, V5_FLOW)).lost, 0);
  assertEquals(decode(v5({ sequence: 43 }, V5_FLOW)).lost, 30);
});

for (
  const [name, packet, templateSet] of [["v9", v9, 0], ["IPFIX", ipfix, 2]] as const
) {
  Deno.test(`Decoder decodes flows of ${name} by their template, with padding`, () => {
    const decode = testDecoder();
    const { flows, malformedReason } = decode(packet(
      {},
      set(templateSet, template(256, IPV4_FIELDS)),
      set(256, ipv4Record(1500), ipv4Record(40, 1), new Uint8Array(3)),
    ));
    assertEquals(flows as unknown, [ipv4Flow(1500), { ...ipv4Flow(40), isEgress: true }]);
    assertEquals(malformedReason, "");
    assertEquals(
      decode(packet({ sequence: name === "v9" ? 1 : 2 }, set(256, ipv4Record(7)))).flows as unknown,
      [ipv4Flow(7)],
    );
  });

  Deno.test(`Decoder replaces a template of ${name}`, () => {
    const decode = testDecoder();
    decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))));
    const { flows } = decode(packet(
      {},
      set(templateSet, template(256, [[1, 3], [27, 16], [28, 16]])),
      set(256, uint(70_000, 3), addressBytes("2001:db8::1"), addressBytes("2001:db8:0:1::")),
    ));
    assertEquals(flows.map(({ bytes, source, destination }) => [bytes, source, destination]), [
      [70_000, "2001:db8::1", "2001:db8:0:1::"],
    ]);
  });

  Deno.test(`Decoder has templates of ${name} for each observation domain`, () => {
    const decode = testDecoder();
    decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))));
    const data = (domain: number) => packet({ domain }, set(256, ipv4Record(1)));
    assertEquals(decode(data(0)).flows.length, 1);
    assertEquals(decode(data(1)).flows.length, 0);
  });

  Deno.test(`Decoder keeps data sets of ${name} for a minute until their template arrives`, () => {
    const decode = testDecoder();
    assertEquals(decode(packet({}, set(256, ipv4Record(1), ipv4Record(2))), 0).flows, []);
    assertEquals(decode(packet({}, set(257, ipv4Record(3))), 30_000).flows, []);
    const late = decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))), 60_000);
    assertEquals(late.flows.map(({ bytes }) => bytes), [1, 2]);
    const tooLate = decode(packet({}, set(templateSet, template(257, IPV4_FIELDS))), 90_001);
    assertEquals(tooLate.flows, []);
    assertEquals(tooLate.undecodable, 1);
  });

  Deno.test(`Decoder counts the pending data sets of ${name} that it drops above 128 KiB`, () => {
    const decoder = new Decoder();
    const data = packet({}, set(300, new Uint8Array(1400)));
    for (let n = 0; n < 1000; n++) decoder.decode(data, n, () => {});
    decoder.decode(packet({}, set(templateSet, template(300, [[1, 4]]))), 1000, () => {});
    assertEquals(decoder.counts.flows / 350 + decoder.counts.undecodable, 1000);
    assert(decoder.counts.flows > 50 * 350);
  });

  Deno.test(`Decoder refuses templates of ${name} with empty records, too many fields or a reserved id`, () => {
    const decode = testDecoder();
    const problemOf = (content: Uint8Array) =>
      decode(packet({}, set(templateSet, content))).malformedReason;
    assertEquals(
      problemOf(template(256, [[1, 0], [2, 0]])),
      "a template whose records are empty",
    );
    assertEquals(
      problemOf(concat([uint(256, 2), uint(65535, 2), new Uint8Array(40)])).slice(0, 26),
      "a template of 65535 fields",
    );
    assertEquals(
      problemOf(template(256, Array(1001).fill([1, 4]))),
      "a template of 1001 fields",
    );
    assertEquals(problemOf(template(255, IPV4_FIELDS)), "a template with the reserved id 255");
    assertEquals(decode(packet({}, set(256, ipv4Record(1)))).flows, []);
  });

  Deno.test(`Decoder reads the other templates and sets of ${name} beside a bad template`, () => {
    const decode = testDecoder();
    const { flows, malformed } = decode(packet(
      {},
      set(templateSet, template(256, IPV4_FIELDS)),
      set(templateSet, template(256, [[1, 0], [2, 0]]), template(257, IPV4_FIELDS)),
      set(templateSet, concat([uint(258, 2), uint(9, 2)])),
      set(257, ipv4Record(1)),
      set(256, ipv4Record(2)),
      set(templateSet, template(259, [[4, 0], [1, 4]])),
      set(259, uint(3, 4)),
    ));
    // What is waiting for template 256 is not read by the one that the exporter has replaced.
    assertEquals(flows.map(({ bytes }) => bytes), [1, 3]);
    assertEquals(malformed, 1);
  });

  Deno.test(`Decoder reads the whole records of a set of ${name} that is cut off`, () => {
    const decode = testDecoder();
    decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))));
    const ten = packet({}, set(256, ...Array(10).fill(ipv4Record(100))));
    const { flows, malformed } = decode(ten.slice(0, -5));
    assertEquals([flows.length, malformed], [9, 1]);
    // Also if its template arrives later.
    const pending = packet({}, set(257, ...Array(10).fill(ipv4Record(100)))).slice(0, -5);
    assertEquals(decode(pending).malformed, 1);
    assertEquals(decode(packet({}, set(templateSet, template(257, IPV4_FIELDS)))).flows.length, 9);
  });

  Deno.test(`Decoder reports a set of ${name} with a wrong length`, () => {
    const decode = testDecoder();
    const start = packet(
      {},
      set(templateSet, template(256, IPV4_FIELDS)),
      set(256, ipv4Record(1)),
      set(256, ipv4Record(2)),
    );
    const at = start.length - ipv4Record(2).length - 2;
    for (const [length, bytes] of [[0, [1]], [3, [1]], [5000, [1, 2]], [65535, [1, 2]]] as const) {
      const wrong = start.slice();
      wrong.set(uint(length, 2), at);
      const { flows, malformed, malformedReason } = decode(wrong);
      assertEquals([flows.map((flow) => flow.bytes), malformed], [bytes, 1]);
      assert(malformedReason.startsWith(`a set of ${length} bytes`), malformedReason);
    }
  });

  Deno.test(`Decoder takes zeros and up to three bytes at the end of ${name} for padding`, () => {
    const whole = packet({}, set(templateSet, template(256, [[1, 4]])), set(256, uint(9, 4)));
    for (
      const padding of [...[1, 3, 4, 5, 100].map((length) => new Uint8Array(length)), uint(7, 3)]
    ) {
      const padded = concat([whole, padding]);
      if (name === "IPFIX") padded.set(uint(padded.length, 2), 2);
      const { flows, malformedReason } = testDecoder()(padded);
      assertEquals([flows.length, malformedReason], [1, ""]);
    }
  });
}

Deno.test("Decoder withdraws one template of IPFIX, or all", () => {
  const decode = testDecoder();
  const flowsOf = (id: number) => decode(ipfix({}, set(id, ipv4Record(1)))).flows.length;
  decode(ipfix({}, set(2, template(256, IPV4_FIELDS), template(257, IPV4_FIELDS))));
  decode(ipfix({}, set(3, ipfixOptions(258, 1, [[302, 2], [34, 4]]))));
  decode(ipfix({}, set(2, template(256, []))));
  assertEquals([flowsOf(256), flowsOf(257)], [0, 1]);
  decode(ipfix({}, set(3, uint(3, 2), uint(0, 2))));
  assertEquals(flowsOf(257), 1);
  decode(ipfix({}, set(2, uint(2, 2), uint(0, 2))));
  assertEquals(flowsOf(257), 0);
});

Deno.test("Decoder counts lost packets of v9 and lost records of IPFIX", () => {
  const decode = testDecoder();
  const lost = (packet: Uint8Array) => decode(packet).lost;
  decode(v9({ sequence: 0xffffffff }, set(0, template(256, IPV4_FIELDS))));
  assertEquals(lost(v9({ sequence: 0 }, set(256, ipv4Record(1)))), 0);
  assertEquals(lost(v9({ sequence: 4 }, set(256, ipv4Record(1)))), 3);

  const two = set(256, ipv4Record(1), ipv4Record(2));
  decode(ipfix({ sequence: 100 }, set(2, template(256, IPV4_FIELDS)), two));
  assertEquals(lost(ipfix({ sequence: 102 }, two)), 0);
  assertEquals(lost(ipfix({ sequence: 109 }, two)), 5);
  // Without a template the number of records is unknown, so the next sequence number cannot be checked.
  assertEquals(lost(ipfix({ sequence: 111 }, set(300, ipv4Record(1)))), 0);
  assertEquals(lost(ipfix({ sequence: 150 }, two)), 0);
  // Neither is it where a set is cut off.
  const three = set(256, ipv4Record(1), ipv4Record(2), ipv4Record(3));
  assertEquals(lost(ipfix({ sequence: 152 }, three).slice(0, -5)), 0);
  assertEquals(lost(ipfix({ sequence: 155 }, two)), 0);
});

Deno.test("Decoder reports what is wrong with a packet", () => {
  const decode = testDecoder();
  const reason = (packet: Uint8Array) => decode(packet).malformedReason;
  assertEquals(reason(uint(5, 2)), "a header of 2 bytes, expected 24");
  assertEquals(reason(v5({}, V5_FLOW).slice(0, 71)), "truncated after 0 of 1 flows");
  assertEquals(reason(v9({}).slice(0, 19)), "a header of 19 bytes, expected 20");
  assertEquals(reason(ipfix({}).slice(0, 15)), "a header of 15 bytes, expected 16");
  assertEquals(reason(concat([ipfix({}, set(300, uint(1, 4))), uint(1, 1)])), "");
  const long = ipfix({});
  long.set(uint(17, 2), 2);
  assertEquals(reason(long), "a message of 17 bytes, of which 16 arrived");
  assertEquals(reason(uint(0x47455420, 4)).slice(0, 4), "text");
});

Deno.test("Decoder does not count anything in a packet of v5 that claims more than 30 flows", () => {
  const decode = testDecoder();
  assertEquals(decode(v5({}, ...Array(30).fill(V5_FLOW))).flows.length, 30);
  const many = v5({ sequence: 900 }, ...Array(31).fill(V5_FLOW));
  const { flows, malformed, lost, malformedReason } = decode(many);
  assertEquals([flows.length, malformed, lost], [0, 1, 0]);
  assertEquals(malformedReason, "NetFlow v5 with 31 flows in a packet, where 30 are the most");
});
