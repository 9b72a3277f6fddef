import { assertEquals } from "@std/assert";
import { testDecoder } from "../testing/decode.ts";
import {
  ipfix,
  ipfixOptions,
  set,
  type Spec,
  template,
  uint,
  v5,
  V5_FLOW,
  v9,
  v9Options,
} from "../testing/packet_builder.ts";

Deno.test("Decoder multiplies flows of v5 by the sampling rate if they are sampled", () => {
  const decode = testDecoder();
  assertEquals(decode(v5({ sampling: 0x4000 | 100 }, V5_FLOW)).flows[0]?.bytes, 429_496_729_500);
  assertEquals(decode(v5({ sampling: 0x4000 }, V5_FLOW)).flows[0]?.bytes, 0xffffffff);
});

Deno.test("Decoder multiplies flows of v9 by the rate of their sampler", () => {
  const decode = testDecoder();
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

Deno.test("Decoder multiplies flows of v9 by the rate of the exporter", () => {
  const decode = testDecoder();
  decode(v9(
    {},
    set(1, v9Options(257, 1, [[1, 4], [34, 4], [35, 1]]), new Uint8Array(2)),
    set(257, uint(0, 4), uint(512, 4), uint(1, 1), new Uint8Array(3)),
    set(0, template(256, [[1, 4]])),
  ));
  assertEquals(decode(v9({}, set(256, uint(2, 4)))).flows[0]?.bytes, 1024);
});

Deno.test("Decoder does not multiply sampled flows without scaleSampled", () => {
  const decode = testDecoder({ scaleSampled: false });
  assertEquals(decode(v5({ sampling: 0x4000 | 100 }, V5_FLOW)).flows[0]?.bytes, 0xffffffff);
  decode(v9({}, set(1, v9Options(257, 1, [[1, 4], [34, 4]])), set(257, uint(0, 4), uint(512, 4))));
  const inline = set(0, template(256, [[1, 4], [34, 4]]));
  assertEquals(decode(v9({}, inline, set(256, uint(2, 4), uint(7, 4)))).flows[0]?.bytes, 2);
});

Deno.test("Decoder does not confuse scope fields of v9 with information elements", () => {
  const decode = testDecoder();
  // Scope field 34 is not information element 34.
  decode(v9(
    {},
    set(1, v9Options(257, 1, [[34, 4], [35, 1]])),
    set(257, uint(1000, 4), uint(1, 1)),
    set(0, template(256, [[1, 4]])),
  ));
  assertEquals(decode(v9({}, set(256, uint(2, 4)))).flows[0]?.bytes, 2);
});

Deno.test("Decoder multiplies flows of IPFIX by the rate of their selector", () => {
  const decode = testDecoder();
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

Deno.test("Decoder ignores impossible sampling rates", () => {
  const decode = testDecoder();
  decode(v9(
    {},
    set(1, v9Options(257, 1, [[1, 4], [34, 4]])),
    set(257, uint(0, 4), uint(0, 4), uint(0, 4), uint(0xffffffff, 4)),
    set(0, template(256, [[1, 4]])),
  ));
  assertEquals(decode(v9({}, set(256, uint(2, 4)))).flows[0]?.bytes, 2);
});
