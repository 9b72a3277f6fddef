import { assert, assertEquals } from "@std/assert";
import { addressBytes, concat } from "../testing/capture.ts";
import {
  ipfix,
  ipfixOptions,
  IPV4_FIELDS,
  ipv4Flow,
  ipv4Record,
  set,
  type Spec,
  template,
  uint,
  v5,
  v9,
  v9Options,
} from "../testing/packet_builder.ts";

/** Decodes packets of one exporter, one second apart. */
function decoder(exporter = "192.0.2.1"): (packet: Uint8Array, now?: number) => DecodedPacket {
  const exporters = new Exporters();
  let clock = 0;
  return (packet, now = clock += 1000) => decodePacket(packet, exporter, exporters, now);
}

const V5_FLOW = {
  source: "10.0.0.1",
  destination: "192.168.7.9",
  bytes: 0xffffffff,
  packets: 3,
  protocol: 17,
  sourcePort: 53,
  destinationPort: 40_000,
  input: 1,
  output: 65_535,
};

Deno.test("decodePacket decodes flows of v5", () => {
  const { flows, ...rest } = decoder()(v5({}, V5_FLOW, { ...V5_FLOW, bytes: 1 }));
  assertEquals(flows, [
    { ...V5_FLOW, direction: "ingress" },
    { ...V5_FLOW, direction: "ingress", bytes: 1 },
  ]);
  assertEquals(rest, {
    version: 5,
    lost: 0,
    restarted: false,
    droppedSets: 0,
    pendingSets: 0,
    problem: undefined,
  });
});

Deno.test("decodePacket multiplies flows of v5 by the sampling rate if they are sampled", () => {
  const decode = decoder();
  assertEquals(decode(v5({ sampling: 0x4000 | 100 }, V5_FLOW)).flows[0]?.bytes, 429_496_729_500);
  assertEquals(decode(v5({ sampling: 0x4000 | 100 }, V5_FLOW)).flows[0]?.packets, 300);
  assertEquals(decode(v5({ sampling: 100 }, V5_FLOW)).flows[0]?.packets, 3);
  assertEquals(decode(v5({ sampling: 0x4000 }, V5_FLOW)).flows[0]?.packets, 3);
});

Deno.test("decodePacket counts lost flows of v5 for each engine", () => {
  const decode = decoder();
  decode(v5({ sequence: 10 }, V5_FLOW, V5_FLOW));
  assertEquals(decode(v5({ sequence: 12 }, V5_FLOW)).lost, 0);
  assertEquals(decode(v5({ sequence: 500, engine: 1 }, V5_FLOW)).lost, 0);
  assertEquals(decode(v5({ sequence: 43 }, V5_FLOW)).lost, 30);
});

for (
  const [name, packet, templateSet] of [["v9", v9, 0], ["IPFIX", ipfix, 2]] as const
) {
  Deno.test(`decodePacket decodes flows of ${name} by their template, with padding`, () => {
    const decode = decoder();
    const { flows, problem } = decode(packet(
      {},
      set(templateSet, template(256, IPV4_FIELDS)),
      set(256, ipv4Record(1500), ipv4Record(40, 1), new Uint8Array(3)),
    ));
    assertEquals(flows as unknown, [ipv4Flow(1500), { ...ipv4Flow(40), direction: "egress" }]);
    assertEquals(problem, undefined);
    assertEquals(
      decode(packet({ sequence: name === "v9" ? 1 : 2 }, set(256, ipv4Record(7)))).flows as unknown,
      [ipv4Flow(7)],
    );
  });

  Deno.test(`decodePacket decodes 64-bit counters of ${name} exactly, and refuses impossible ones`, () => {
    const decode = decoder();
    decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))));
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    assertEquals(decode(packet({}, set(256, ipv4Record(most)))).flows[0]?.bytes, Number(most));
    for (const impossible of [most + 1n, 2n ** 64n - 1n]) {
      const { flows, problem } = decode(
        packet({}, set(256, ipv4Record(impossible), ipv4Record(5))),
      );
      assertEquals(flows.map(({ bytes }) => bytes), [5]);
      assertEquals(problem, "a flow of more than 9 petabytes");
    }
  });

  Deno.test(`decodePacket replaces a template of ${name}`, () => {
    const decode = decoder();
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

  Deno.test(`decodePacket has templates of ${name} for each exporter and observation domain`, () => {
    const exporters = new Exporters();
    decodePacket(
      packet({}, set(templateSet, template(256, IPV4_FIELDS))),
      "192.0.2.1",
      exporters,
      0,
    );
    const data = (domain: number) => packet({ domain }, set(256, ipv4Record(1)));
    assertEquals(decodePacket(data(0), "192.0.2.1", exporters, 0).flows.length, 1);
    assertEquals(decodePacket(data(1), "192.0.2.1", exporters, 0).flows.length, 0);
    assertEquals(decodePacket(data(0), "192.0.2.2", exporters, 0).flows.length, 0);
  });

  Deno.test(`decodePacket keeps data sets of ${name} for a minute until their template arrives`, () => {
    const decode = decoder();
    assertEquals(decode(packet({}, set(256, ipv4Record(1), ipv4Record(2))), 0).pendingSets, 1);
    assertEquals(decode(packet({}, set(257, ipv4Record(3))), 30_000).pendingSets, 1);
    const late = decode(packet({}, set(templateSet, template(256, IPV4_FIELDS))), 60_000);
    assertEquals(late.flows.map(({ bytes }) => bytes), [1, 2]);
    const tooLate = decode(packet({}, set(templateSet, template(257, IPV4_FIELDS))), 90_001);
    assertEquals(tooLate.flows, []);
    assertEquals(tooLate.droppedSets, 1);
  });

  Deno.test(`decodePacket drops the oldest pending data sets of ${name} above 128 KiB`, () => {
    const decode = decoder();
    const data = packet({}, set(300, new Uint8Array(1400)));
    let droppedSets = 0;
    for (let n = 0; n < 1000; n++) droppedSets += decode(data, n).droppedSets;
    assertEquals(droppedSets, 1000 - Math.floor(128 * 1024 / 1400));
  });

  Deno.test(`decodePacket refuses templates of ${name} with empty records, too many fields or a reserved id`, () => {
    const decode = decoder();
    const problemOf = (content: Uint8Array) =>
      decode(packet({}, set(templateSet, content))).problem;
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
    assertEquals(decode(packet({}, set(256, ipv4Record(1)))).pendingSets, 1);
  });

  Deno.test(`decodePacket drops the oldest of too many templates of ${name}`, () => {
    const decode = decoder();
    for (let id = 256; id < 10_256; id++) {
      decode(packet({}, set(templateSet, template(id, IPV4_FIELDS))));
    }
    assertEquals(decode(packet({}, set(256, ipv4Record(1)))).pendingSets, 1);
    assertEquals(decode(packet({}, set(10_255, ipv4Record(1)))).flows.length, 1);
  });

  Deno.test(`decodePacket drops the oldest of too many observation domains of ${name}`, () => {
    const decode = decoder();
    for (let domain = 0; domain < 100; domain++) {
      decode(packet({ domain }, set(templateSet, template(256, IPV4_FIELDS))));
    }
    assertEquals(decode(packet({ domain: 0 }, set(256, ipv4Record(1)))).pendingSets, 1);
    assertEquals(decode(packet({ domain: 99 }, set(256, ipv4Record(1)))).flows.length, 1);
  });

  Deno.test(`decodePacket skips fields of ${name} with an invalid length`, () => {
    const fields: Spec[] = [[1, 9], [85, 3], [8, 16], [12, 4], [27, 4], [4, 0]];
    const { flows } = decoder()(packet(
      {},
      set(templateSet, template(256, fields)),
      set(256, new Uint8Array(9), uint(70_000, 3), new Uint8Array(16), uint(1, 4), uint(2, 4)),
    ));
    assertEquals(
      flows.map((flow) => [flow.bytes, flow.source, flow.destination, flow.protocol]),
      [[70_000, "", "0.0.0.1", 0]],
    );
  });

  Deno.test(`decodePacket keeps the flows before a set of ${name} with a wrong length`, () => {
    const decode = decoder();
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
      const { flows, problem } = decode(wrong);
      assertEquals(flows.map(({ bytes }) => bytes), [1]);
      assert(problem?.startsWith(`a set of ${length} bytes`), problem);
    }
  });
}

Deno.test("decodePacket multiplies flows of v9 by the rate of their sampler", () => {
  const decode = decoder();
  const options: Spec[] = [[1, 4], [48, 1], [50, 2]];
  const fields: Spec[] = [[1, 4], [48, 1]];
  decode(v9(
    {},
    set(1, v9Options(257, 1, options)),
    set(257, uint(0, 4), uint(7, 1), uint(1000, 2), uint(0, 4), uint(8, 1), uint(10, 2)),
    set(0, template(256, fields)),
  ));
  const bytesOf = (sampler: number) =>
    decode(v9({}, set(256, uint(5, 4), uint(sampler, 1)))).flows[0]?.bytes;
  assertEquals(bytesOf(7), 5000);
  assertEquals(bytesOf(8), 50);
  assertEquals(bytesOf(9), 5);
});

Deno.test("decodePacket multiplies flows of v9 by the rate of the exporter", () => {
  const decode = decoder();
  decode(v9(
    {},
    set(1, v9Options(257, 1, [[1, 4], [34, 4], [35, 1]]), new Uint8Array(2)),
    set(257, uint(0, 4), uint(512, 4), uint(1, 1), new Uint8Array(3)),
    set(0, template(256, [[1, 4]])),
  ));
  assertEquals(decode(v9({}, set(256, uint(2, 4)))).flows[0]?.bytes, 1024);
});

Deno.test("decodePacket does not multiply sampled flows without scaleSampled", () => {
  const exporters = new Exporters(false);
  const decode = (packet: Uint8Array) => decodePacket(packet, "192.0.2.1", exporters, 0).flows;
  assertEquals(decode(v5({ sampling: 0x4000 | 100 }, V5_FLOW))[0]?.packets, 3);
  decode(v9({}, set(1, v9Options(257, 1, [[1, 4], [34, 4]])), set(257, uint(0, 4), uint(512, 4))));
  const inline = set(0, template(256, [[1, 4], [34, 4]]));
  assertEquals(decode(v9({}, inline, set(256, uint(2, 4), uint(7, 4))))[0]?.bytes, 2);
});

Deno.test("decodePacket does not confuse scope fields of v9 with information elements", () => {
  const decode = decoder();
  // Scope field 34 is not information element 34.
  decode(v9(
    {},
    set(1, v9Options(257, 1, [[34, 4], [35, 1]])),
    set(257, uint(1000, 4), uint(1, 1)),
    set(0, template(256, [[1, 4]])),
  ));
  assertEquals(decode(v9({}, set(256, uint(2, 4)))).flows[0]?.bytes, 2);
});

Deno.test("decodePacket multiplies flows of IPFIX by the rate of their selector", () => {
  const decode = decoder();
  decode(ipfix(
    {},
    set(3, ipfixOptions(257, 1, [[302, 2], [305, 4], [306, 4]])),
    set(257, uint(3, 2), uint(1, 4), uint(99, 4)),
    set(3, ipfixOptions(258, 1, [[302, 2], [309, 4], [310, 4]])),
    set(258, uint(4, 2), uint(2, 4), uint(3, 4)),
    set(2, template(256, [[1, 4], [302, 2]])),
  ));
  const bytesOf = (selector: number) =>
    decode(ipfix({}, set(256, uint(7, 4), uint(selector, 2)))).flows[0]?.bytes;
  assertEquals(bytesOf(3), 700);
  assertEquals(bytesOf(4), 11); // 10.5, to whole bytes
  assertEquals(bytesOf(5), 7);
});

Deno.test("decodePacket ignores impossible sampling rates", () => {
  const decode = decoder();
  decode(v9(
    {},
    set(1, v9Options(257, 1, [[1, 4], [34, 4]])),
    set(257, uint(0, 4), uint(0, 4), uint(0, 4), uint(0xffffffff, 4)),
    set(0, template(256, [[1, 4]])),
  ));
  assertEquals(decode(v9({}, set(256, uint(2, 4)))).flows[0]?.bytes, 2);
});

Deno.test("decodePacket skips IPFIX fields of variable length and of enterprises", () => {
  const decode = decoder();
  const fields: Spec[] = [[1, 4], [82, 65535], [5, 2, 9], [96, 65535, 9], [1, 8, 4242], [4, 1]];
  const { flows, problem } = decode(ipfix(
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
  assertEquals(problem, undefined);
});

Deno.test("decodePacket splits a biflow into two flows", () => {
  const decode = decoder();
  const fields: Spec[] = [[1, 4], [1, 4, 29305], [2, 4], [2, 4, 29305], ...IPV4_FIELDS.slice(0, 5)];
  const { flows } = decode(ipfix(
    {},
    set(2, template(256, fields)),
    set(256, uint(100, 4), uint(2000, 4), uint(1, 4), uint(20, 4), ipv4Record(0).slice(0, 18)),
  ));
  assertEquals(
    flows.map((flow) => [flow.bytes, flow.packets, flow.source, flow.input, flow.output]),
    [[100, 1, "10.0.0.1", 70_000, 2], [2000, 20, "192.168.7.9", 2, 70_000]],
  );
});

Deno.test("decodePacket decodes initiator and responder octets of firewalls", () => {
  const { flows } = decoder()(v9(
    {},
    set(0, template(256, [[231, 4], [232, 4]])),
    set(256, uint(100, 4), uint(0, 4), uint(7, 4), uint(8, 4)),
  ));
  assertEquals(flows.map(({ bytes }) => bytes), [100, 7, 8]);
});

Deno.test("decodePacket skips records without a byte count", () => {
  const { flows, problem } = decoder()(v9(
    {},
    set(0, template(256, [[8, 4], [4, 1]])),
    set(256, new Uint8Array(5)),
  ));
  assertEquals([flows.length, problem], [0, undefined]);
});

Deno.test("decodePacket withdraws one template of IPFIX, or all", () => {
  const decode = decoder();
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

Deno.test("decodePacket drops templates of v9 when the exporter restarts", () => {
  const decode = decoder();
  const data = set(256, ipv4Record(1));
  decode(v9({ sequence: 5000, uptime: 9_000_000 }, set(0, template(256, IPV4_FIELDS)), data));
  // Neither a late packet nor a wrapped uptime is a restart.
  assertEquals(decode(v9({ sequence: 4999, uptime: 8_999_000 }, data)).flows.length, 1);
  assertEquals(decode(v9({ sequence: 5001, uptime: 5 }, data)).flows.length, 1);
  decode(v9({ sequence: 5002, uptime: 9_000_000 }, data));
  const restart = decode(v9({ sequence: 1, uptime: 2000 }, data));
  assertEquals([restart.restarted, restart.flows.length, restart.pendingSets], [true, 0, 1]);
});

Deno.test("decodePacket counts lost packets of v9 and lost records of IPFIX", () => {
  const decode = decoder();
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

Deno.test("decodePacket reports what is wrong with a packet", () => {
  const decode = decoder();
  assertEquals(decode(new Uint8Array(0)).problem, "0 bytes, not NetFlow v5, v9 or IPFIX");
  assertEquals(decode(uint(0x47455420, 4)).problem, "version 18245, not NetFlow v5, v9 or IPFIX");
  assertEquals(decode(uint(5, 2)).problem, "a header of 2 bytes, expected 24");
  assertEquals(decode(v5({}, V5_FLOW).slice(0, 71)).problem, "truncated after 0 of 1 flows");
  assertEquals(decode(v9({}).slice(0, 19)).problem, "a header of 19 bytes, expected 20");
  assertEquals(
    decode(ipfix({}).slice(0, 15)).problem,
    "a header of 15 bytes, expected 16",
  );
  assertEquals(
    decode(concat([ipfix({}, set(300, uint(1, 4))), uint(1, 1)])).problem,
    undefined,
  );
  const long = ipfix({});
  long.set(uint(17, 2), 2);
  assertEquals(decode(long).problem, "a message of 17 bytes in a packet of 16");
});
