import { assert, assertEquals } from "@std/assert";
import v8 from "node:v8";
import vm from "node:vm";
import { Decoder } from "./decoder.ts";
import { bytesOf, problemsOf, restart } from "../testing/decode.ts";
import {
  IPV4_FIELDS,
  ipv4Record,
  set,
  type Spec,
  template,
  v9,
} from "../testing/packet_builder.ts";

const START = 1_700_000_000_000;
const TEMPLATE = set(0, template(256, IPV4_FIELDS));
const DATA = set(256, ipv4Record(100));
const NO_PROBLEMS = { lost: 0, malformed: 0, undecodable: 0 };

for (const count of [70, 5000]) {
  Deno.test(`Decoder decodes ${count} domains of an exporter, also after a restart`, () => {
    const fields: readonly Spec[] = Array.from(
      { length: 20 },
      (_, n) => IPV4_FIELDS[n] ?? [50 + n, 4],
    );
    const record = set(256, ipv4Record(100), new Uint8Array(32));
    let decoder = new Decoder();
    for (let round = 0; round < 3; round++) {
      if (round === 2) decoder = restart(decoder);
      for (let domain = 0; domain < count; domain++) {
        const content = round === 0 ? set(0, template(256, fields), template(257, fields)) : record;
        decoder.decode(v9({ domain, sequence: round }, content), START, () => {});
      }
    }
    assertEquals(decoder.counts.flows, count);
    assertEquals(problemsOf(decoder), NO_PROBLEMS);
  });
}

Deno.test("Decoder drops the least recently used domains where memory is short, and tells so", () => {
  const decoder = new Decoder();
  decoder.maxMemoryBytes = 1024 * 1024;
  decoder.decode(v9({ domain: 5000 }, TEMPLATE), START, () => {});
  for (let domain = 0; domain < 1000; domain++) {
    decoder.decode(v9({ domain }, TEMPLATE), START, () => {});
    assert(decoder.memoryBytes <= 1024 * 1024);
    // Always in use.
    assertEquals(bytesOf(decoder, v9({ domain: 5000 }, DATA), START), 100);
  }
  assertEquals(bytesOf(decoder, v9({ domain: 999 }, DATA), START), 100);
  assertEquals(bytesOf(decoder, v9({ domain: 0 }, DATA), START), 0);
  for (let domain = 1000; domain < 2000; domain++) {
    decoder.decode(v9({ domain }, TEMPLATE), START, () => {});
  }
  assertEquals(decoder.counts.undecodable, 1);
  assertEquals(decoder.undecodableReason, "its templates need too much memory");
});

Deno.test("Decoder starts over with a domain that takes too much memory by itself", () => {
  const decoder = new Decoder();
  decoder.maxMemoryBytes = 1024 * 1024;
  for (let id = 256; id < 5000; id++) {
    decoder.decode(v9({}, set(0, template(id, IPV4_FIELDS))), START, () => {});
    assert(decoder.memoryBytes <= 1024 * 1024);
  }
  assertEquals(bytesOf(decoder, v9({}, set(4999, ipv4Record(100))), START), 100);
});

Deno.test("Decoder estimates its memory well, which is bounded with 5,000 domains", () => {
  const decoder = new Decoder();
  const fill = (domain: number) => {
    const templates = set(0, template(256, IPV4_FIELDS), template(257, IPV4_FIELDS));
    decoder.decode(v9({ domain }, templates, set(300, ipv4Record(1))), START, () => {});
  };
  fill(0);
  const before = [heapBytes(), decoder.memoryBytes] as const;
  for (let domain = 1; domain < 5000; domain++) fill(domain);
  const used = heapBytes() - before[0];
  const estimated = decoder.memoryBytes - before[1];
  assert(used < 1.2 * estimated && used > 0.5 * estimated, `${used} used, ${estimated} estimated`);
  assert(estimated < 34_000_000, `${estimated} estimated`);
});

function heapBytes(): number {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
