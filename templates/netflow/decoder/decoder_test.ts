import { assert, assertEquals } from "@std/assert";
import { addressBytes, concat } from "../testing/capture.ts";
import { testDecoder } from "../testing/decode.ts";
import {
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

  Deno.test(`Decoder drops the oldest pending data sets of ${name} above 128 KiB`, () => {
    const decode = testDecoder();
    const data = packet({}, set(300, new Uint8Array(1400)));
    let undecodable = 0;
    for (let n = 0; n < 1000; n++) undecodable += decode(data, n).undecodable;
    assertEquals(undecodable, 1000 - Math.floor(128 * 1024 / 1400));
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
      problemOf(concat([uint(256, 2), uint(65535, 2), new Uint8Array(40)])) ===
        undefined,
      false,
    );
    assertEquals(
      problemOf(template(256, Array(1001).fill([1, 4]))),
      "a template of 1001 fields",
    );
    assertEquals(problemOf(template(255, IPV4_FIELDS)), "a template with the reserved id 255");
    assertEquals(decode(packet({}, set(256, ipv4Record(1)))).flows, []);
  });

  Deno.test(`Decoder drops the oldest of too many templates of ${name}`, () => {
    const decode = testDecoder();
    for (let id = 256; id < 10_256; id++) {
      decode(packet({}, set(templateSet, template(id, IPV4_FIELDS))));
    }
    assertEquals(decode(packet({}, set(256, ipv4Record(1)))).flows, []);
    assertEquals(decode(packet({}, set(10_255, ipv4Record(1)))).flows.length, 1);
  });

  Deno.test(`Decoder drops the oldest of too many observation domains of ${name}`, () => {
    const decode = testDecoder();
    for (let domain = 0; domain < 100; domain++) {
      decode(packet({ domain }, set(templateSet, template(256, IPV4_FIELDS))));
    }
    assertEquals(decode(packet({ domain: 0 }, set(256, ipv4Record(1)))).flows, []);
    assertEquals(decode(packet({ domain: 99 }, set(256, ipv4Record(1)))).flows.length, 1);
  });

  Deno.test(`Decoder keeps the flows before a set of ${name} with a wrong length`, () => {
    const decode = testDecoder();
    const start = packet(
      {},
      set(templateSet, template(256, IPV4_FIELDS)),
      set(256, ipv4Record(1)),
      set(256, ipv4Record(2)),
    );
    const at = start.length - ipv4Record(2).length - 2;
    for (const length of [0, 3, 5000, 65535]) {
      const wrong = start.slice();
      wrong.set(uint(length, 2), at);
      const { flows, malformedReason } = decode(wrong);
      assertEquals(flows.map(({ bytes }) => bytes), [1]);
      assert(malformedReason.startsWith(`a set of ${length} bytes`), malformedReason);
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

Deno.test("Decoder drops templates of v9 when the exporter restarts", () => {
  const decode = testDecoder();
  const data = set(256, ipv4Record(1));
  decode(v9({ sequence: 5000, uptime: 9_000_000 }, set(0, template(256, IPV4_FIELDS)), data));
  // Neither a late packet nor a wrapped uptime is a restart.
  assertEquals(decode(v9({ sequence: 4999, uptime: 8_999_000 }, data)).flows.length, 1);
  assertEquals(decode(v9({ sequence: 5001, uptime: 5 }, data)).flows.length, 1);
  decode(v9({ sequence: 5002, uptime: 9_000_000 }, data));
  const restart = decode(v9({ sequence: 1, uptime: 2000 }, data));
  assertEquals(restart.flows, []);
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
});

Deno.test("Decoder reports what is wrong with a packet", () => {
  const decode = testDecoder();
  assertEquals(decode(new Uint8Array(0)).malformedReason, "0 bytes, not NetFlow v5, v9 or IPFIX");
  assertEquals(
    decode(uint(0x47455420, 4)).malformedReason,
    "version 18245, not NetFlow v5, v9 or IPFIX",
  );
  assertEquals(decode(uint(5, 2)).malformedReason, "a header of 2 bytes, expected 24");
  assertEquals(
    decode(v5({}, V5_FLOW).slice(0, 71)).malformedReason,
    "truncated after 0 of 1 flows",
  );
  assertEquals(decode(v9({}).slice(0, 19)).malformedReason, "a header of 19 bytes, expected 20");
  assertEquals(
    decode(ipfix({}).slice(0, 15)).malformedReason,
    "a header of 15 bytes, expected 16",
  );
  assertEquals(
    decode(concat([ipfix({}, set(300, uint(1, 4))), uint(1, 1)])).malformedReason,
    "",
  );
  const long = ipfix({});
  long.set(uint(17, 2), 2);
  assertEquals(decode(long).malformedReason, "a message of 17 bytes in a packet of 16");
});
