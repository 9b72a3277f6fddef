import { assertEquals } from "@std/assert";
import { concat } from "../testing/capture.ts";
import { testDecoder } from "../testing/decode.ts";
import {
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
      const { flows, malformedReason } = decode(
        packet({}, set(256, ipv4Record(5), ipv4Record(impossible))),
      );
      assertEquals(flows.map(({ bytes }) => bytes), [5]);
      assertEquals(malformedReason, "a flow of more than 9 petabytes");
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
    set(256, uint(100, 4), uint(0, 4), uint(7, 4), uint(8, 4)),
  ));
  assertEquals(flows.map(({ bytes }) => bytes), [100, 7, 8]);
});

Deno.test("Decoder skips records without a byte count", () => {
  const { flows, malformedReason } = testDecoder()(v9(
    {},
    set(0, template(256, [[8, 4], [4, 1]])),
    set(256, new Uint8Array(5)),
  ));
  assertEquals([flows.length, malformedReason], [0, ""]);
});
