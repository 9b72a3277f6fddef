import { assert, assertEquals } from "@std/assert";
import { decode, testDecoder } from "../testing/decode.ts";
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
import { Decoder, type DecoderOptions } from "./decoder.ts";

Deno.test("Decoder multiplies flows of v5 by the sampling rate, whatever the mode", () => {
  const decode = testDecoder();
  for (const mode of [0, 0x4000, 0x8000, 0xc000]) {
    assertEquals(decode(v5({ sampling: mode | 100 }, V5_FLOW)).flows[0]?.bytes, 429_496_729_500);
    assertEquals(decode(v5({ sampling: mode }, V5_FLOW)).flows[0]?.bytes, 0xffffffff);
  }
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

/** An options record: its fields, of which the first ones are scope fields, and their values. */
type Options = readonly (readonly [Spec, value: number | bigint])[];

let sequence = 0;

function v9Rate(options: Options, { domain = 0, scopes = 1 } = {}): Uint8Array {
  return v9(
    { domain, sequence: sequence++ },
    set(1, v9Options(400, scopes, options.map(([spec]) => spec))),
    set(400, ...options.map(([[, length], value]) => uint(value, length))),
  );
}

function ipfixRate(options: Options, { domain = 0, scopes = 1 } = {}): Uint8Array {
  return ipfix(
    { domain },
    set(3, ipfixOptions(400, scopes, options.map(([spec]) => spec))),
    set(400, ...options.map(([[, length], value]) => uint(value, length))),
  );
}

/** A flow of one byte: its other fields, and their values. */
type Fields = readonly (readonly [Spec, value: number | bigint])[];

/** Returns a function that decodes a packet, and one that returns what a flow of one byte is multiplied by. */
function exporter(options?: DecoderOptions) {
  const decoder = new Decoder(options);
  const send = (packet: Uint8Array) => decode(decoder, packet, 0);
  const rateOf = (version: 9 | 10, fields: Fields, { domain = 0, id = 256 } = {}) => {
    const packet = version === 9 ? v9 : ipfix;
    const specs: Spec[] = [[1, 4], ...fields.map(([spec]) => spec)];
    const { flows } = send(packet(
      { domain, sequence: version === 9 ? sequence++ : 0 },
      set(version === 9 ? 0 : 2, template(id, specs)),
      set(id, uint(1, 4), ...fields.map(([[, length], value]) => uint(value, length))),
    ));
    return flows[0]?.bytes;
  };
  return { decoder, send, rateOf };
}

for (
  const [name, version, packet, scope] of [
    ["v9", 9, v9Rate, 2],
    ["IPFIX", 10, ipfixRate, 10],
  ] as const
) {
  Deno.test(`Decoder multiplies flows of ${name} by the rate of their interface`, () => {
    const { send, rateOf } = exporter();
    send(packet([[[scope, 4], 1], [[34, 4], 10]]));
    send(packet([[[scope, 4], 2], [[34, 4], 1000]]));
    const rates = (input: number, output: number, ...direction: number[]) =>
      rateOf(version, [
        [[10, 2], input],
        [[14, 2], output],
        ...direction.map((value) => [[61, 1], value] as const),
      ]);
    assertEquals([rates(1, 2), rates(2, 2), rates(2, 1)], [10, 1000, 1000]);
    assertEquals([rates(1, 2, 0), rates(1, 2, 1), rates(7, 2, 0), rates(1, 7, 1)], [
      10,
      1000,
      1,
      1,
    ]);
    // Without a direction it was observed where it entered.
    assertEquals([rates(7, 2), rates(7, 8)], [1, 1]);
    // Interfaces have the same index in all domains.
    assertEquals(rateOf(version, [[[10, 4], 2]], { domain: 5 }), 1000);
  });
}

Deno.test("Decoder knows the rates of both directions of an interface, as Huawei announces them", () => {
  const { send, rateOf } = exporter();
  send(v9Rate([[[2, 4], 7], [[34, 4], 10], [[61, 1], 0]]));
  send(v9Rate([[[2, 4], 7], [[34, 4], 1000], [[61, 1], 1]]));
  const rates = (direction: number) =>
    rateOf(9, [[[10, 4], 7], [[14, 4], 7], [[61, 1], direction]]);
  assertEquals([rates(0), rates(1)], [10, 1000]);
});

Deno.test("Decoder takes the rate of interface 0 for that of all, as softflowd means it", () => {
  const { send, rateOf } = exporter();
  send(v9Rate([[[2, 4], 0], [[34, 4], 100], [[35, 1], 1]]));
  assertEquals(rateOf(9, []), 100);
});

Deno.test("Decoder takes the rate of a line card or a cache for that of the domain", () => {
  for (const scope of [3, 4]) {
    const { send, rateOf } = exporter();
    send(v9Rate([[[scope, 4], 1], [[34, 4], 100]]));
    assertEquals([rateOf(9, []), rateOf(9, [], { domain: 1 })], [100, 1]);
  }
});

Deno.test("Decoder multiplies flows by the rate of their template", () => {
  const { send, rateOf } = exporter();
  send(v9Rate([[[5, 2], 300], [[34, 4], 100]]));
  send(ipfixRate([[[145, 2], 300], [[34, 4], 50]]));
  assertEquals([rateOf(9, [], { id: 300 }), rateOf(9, [], { id: 301 })], [100, 1]);
  assertEquals([rateOf(10, [], { id: 300 }), rateOf(10, [], { id: 301 })], [50, 1]);
  assertEquals(rateOf(9, [], { id: 300, domain: 1 }), 1);
});

for (
  const [what, version, packet] of [
    ["System of v9", 9, v9Rate([[[1, 4], 0], [[34, 4], 100]])],
    ["exporting process", 10, ipfixRate([[[144, 4], 2], [[34, 4], 100]])],
    ["metering process", 10, ipfixRate([[[143, 4], 2], [[305, 4], 1], [[306, 4], 99]])],
    ["IPv4 address of the exporter", 10, ipfixRate([[[130, 4], 1], [[34, 4], 100]])],
    ["IPv6 address of the exporter", 10, ipfixRate([[[131, 16], 1], [[34, 4], 100]])],
    ["observation domain 0", 10, ipfixRate([[[149, 4], 0], [[34, 4], 100]])],
  ] as const
) {
  Deno.test(`Decoder takes the rate of scope ${what} for that of the exporter`, () => {
    const { send, rateOf } = exporter();
    const announce = version === 9 ? v9Rate : ipfixRate;
    send(announce([[[302, 4], 0], [[34, 4], 7]], { domain: 5 }));
    send(packet);
    assertEquals([0, 3, 5].map((domain) => rateOf(version, [], { domain })), [100, 100, 7]);
  });
}

Deno.test("Decoder takes the rate of an observation domain for that of no other", () => {
  const { send, rateOf } = exporter();
  send(ipfixRate([[[149, 4], 5], [[34, 4], 100]], { domain: 1 }));
  send(v9Rate([[[149, 4], 5], [[34, 4], 100]], { domain: 1, scopes: 0 }));
  assertEquals([1, 5, 6].map((domain) => rateOf(10, [], { domain })), [1, 100, 1]);
  // In v9 none can be named.
  assertEquals([1, 5, 6].map((domain) => rateOf(9, [], { domain })), [100, 1, 1]);
});

Deno.test("Decoder knows the samplers of scope System in all domains", () => {
  const { send, rateOf } = exporter();
  send(v9Rate([[[1, 4], 0], [[48, 2], 3], [[49, 1], 2], [[50, 4], 100]]));
  send(v9Rate([[[1, 4], 0], [[48, 2], 4], [[49, 1], 2], [[50, 4], 1000]]));
  const rates = [3, 4, 5].map((id) => rateOf(9, [[[48, 1], id]], { domain: 8 }));
  assertEquals(rates, [100, 1000, 1]);
});

Deno.test("Decoder takes selector 0 for that of records which name none", () => {
  const { send, rateOf } = exporter();
  send(ipfixRate([[[302, 4], 0], [[34, 4], 100]]));
  send(ipfixRate([[[302, 4], 0], [[34, 4], 0]]));
  assertEquals(rateOf(10, []), 100);
});

Deno.test("Decoder takes a rate without a selector for that of records which name 0 or an unknown one", () => {
  const { send, rateOf } = exporter();
  send(ipfixRate([[[144, 4], 1], [[34, 4], 100]]));
  send(ipfixRate([[[302, 4], 9], [[34, 4], 10]]));
  assertEquals([0, 5, 9].map((id) => rateOf(10, [[[302, 4], id]])), [100, 100, 10]);
});

Deno.test("Decoder takes the rate that all samplers have until records name one", () => {
  const { send, rateOf } = exporter();
  send(v9Rate([[[1, 4], 0], [[48, 2], 3], [[50, 4], 100]]));
  assertEquals(rateOf(9, []), 100);
  assertEquals(rateOf(9, [[[48, 2], 3]]), 100);
  assertEquals(rateOf(9, []), 1);
});

Deno.test("Decoder tells wide selector ids apart", () => {
  const { send, rateOf } = exporter();
  const ids = [1n, 1n << 32n, (1n << 63n) + 1n, (1n << 63n) + 2n, (1n << 64n) - 1n];
  for (const [n, id] of ids.entries()) send(ipfixRate([[[302, 8], id], [[34, 4], n + 2]]));
  assertEquals(ids.map((id) => rateOf(10, [[[302, 8], id]])), [2, 3, 4, 5, 6]);
  assertEquals(rateOf(10, [[[302, 1], 1]]), 2);
});

Deno.test("Decoder reads rates as probabilities", () => {
  const { send, rateOf } = exporter();
  const double = new Uint8Array(8);
  new DataView(double.buffer).setFloat64(0, 1 / 250);
  const options: Spec[] = [[144, 4], [311, 8]];
  send(ipfix({}, set(3, ipfixOptions(400, 1, options)), set(400, uint(1, 4), double)));
  assertEquals(rateOf(10, []), 250);
  const single = new Uint8Array(4);
  new DataView(single.buffer).setFloat32(0, 0.5);
  const fields: Spec[] = [[1, 4], [311, 4]];
  const { flows } = send(ipfix({}, set(2, template(257, fields)), set(257, uint(1, 4), single)));
  assertEquals(flows[0]?.bytes, 2);
});

Deno.test("Decoder takes the number of sampled packets for the rate if that of skipped ones is missing", () => {
  const { send, rateOf } = exporter();
  send(ipfixRate([[[144, 4], 1], [[305, 4], 128]]));
  assertEquals(rateOf(10, []), 128);
});

Deno.test("Decoder prefers a size and a population to a number of sampled packets without that of skipped ones", () => {
  const { send, rateOf } = exporter();
  send(ipfixRate([[[302, 4], 1], [[305, 4], 1], [[309, 4], 1], [[310, 4], 256]]));
  assertEquals(rateOf(10, [[[302, 4], 1]]), 256);
});

Deno.test("Decoder replaces a rate by the one announced later", () => {
  const { send, rateOf } = exporter();
  for (const rate of [100, 1000, 1]) {
    send(v9Rate([[[1, 4], 0], [[34, 4], rate]]));
    assertEquals(rateOf(9, []), rate);
  }
});

Deno.test("Decoder prefers what is nearer to the flow when it chooses a rate", () => {
  const { decoder, send, rateOf } = exporter();
  const flow: [Spec, number][] = [[[10, 4], 7], [[48, 2], 3]];
  const rate = () => rateOf(9, flow, { domain: 1, id: 300 });
  assertEquals(rate(), 1);
  send(v9Rate([[[1, 4], 0], [[34, 4], 2]]));
  assertEquals(rate(), 2);
  send(v9Rate([[[2, 4], 7], [[34, 4], 3]]));
  assertEquals(rate(), 3);
  send(v9Rate([[[3, 4], 0], [[34, 4], 4]], { domain: 1 }));
  assertEquals(rate(), 4);
  send(v9Rate([[[5, 2], 300], [[34, 4], 5]], { domain: 1 }));
  assertEquals(rate(), 5);
  send(v9Rate([[[2, 4], 7], [[34, 4], 6]], { domain: 1 }));
  assertEquals(rate(), 6);
  send(v9Rate([[[1, 4], 0], [[48, 2], 3], [[34, 4], 7]]));
  assertEquals(rate(), 7);
  send(v9Rate([[[1, 4], 0], [[48, 2], 3], [[34, 4], 8]], { domain: 1 }));
  assertEquals(rate(), 8);
  flow.push([[34, 4], 9]);
  assertEquals(rate(), 9);
  decoder.samplingRate = 10;
  assertEquals(rate(), 10);
});

Deno.test("Decoder multiplies by the rate stated by hand also without scaleSampled", () => {
  const { decoder, send, rateOf } = exporter({ scaleSampled: false });
  send(v9Rate([[[1, 4], 0], [[34, 4], 100]]));
  assertEquals(rateOf(9, []), 1);
  decoder.samplingRate = 20;
  assertEquals(rateOf(9, []), 20);
  assertEquals(send(v5({ sampling: 100 }, { ...V5_FLOW, bytes: 1 })).flows[0]?.bytes, 20);
});

Deno.test("Decoder keeps rates over a restart of the bot", () => {
  const before = exporter();
  before.send(v9Rate([[[2, 4], 7], [[34, 4], 100]]));
  before.send(v9Rate([[[1, 4], 0], [[34, 4], 50]]));
  before.send(v9Rate([[[1, 4], 0], [[48, 2], 3], [[34, 4], 20]]));
  const { rateOf } = exporter({ state: JSON.parse(JSON.stringify(before.decoder)) });
  assertEquals(rateOf(9, [[[10, 4], 7]]), 100);
  assertEquals([rateOf(9, []), rateOf(9, [], { domain: 4 })], [50, 50]);
  assertEquals(rateOf(9, [[[48, 1], 3]], { domain: 4 }), 20);
});

Deno.test("Decoder keeps a bounded number of rates", () => {
  const { decoder, send, rateOf } = exporter();
  send(v9({}, set(1, v9Options(400, 1, [[2, 2], [34, 2]]))));
  for (let first = 1; first <= 65_535; first += 257) {
    const records = Array.from({ length: 257 }, (_, n) => uint((first + n) * 0x10000 + 10, 4));
    send(v9({}, set(400, ...records)));
  }
  assert(decoder.memoryBytes < 1_500_000);
  assertEquals([1, 65_535].map((index) => rateOf(9, [[[10, 2], index]])), [1, 10]);
});
