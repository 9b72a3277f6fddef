import { assert, assertEquals } from "@std/assert";
import { Decoder, type DecoderState } from "./decoder.ts";
import { bytesOf } from "../testing/decode.ts";
import {
  ipfix,
  IPV4_FIELDS,
  ipv4Record,
  set,
  type Spec,
  template,
  uint,
  v9,
  v9Options,
} from "../testing/packet_builder.ts";

const START = 1_700_000_000_000;
const TEMPLATE = set(0, template(256, IPV4_FIELDS));
const DATA = set(256, ipv4Record(100));

Deno.test("Decoder keeps templates as announced, so that a newer version can read them in its own way", () => {
  const decoder = new Decoder();
  const fields: Spec[] = [[15, 4], [9, 1], [8, 4], [82, 65535], [1, 8, 29305], [1, 4]];
  decoder.decode(ipfix({}, set(2, template(256, fields))), START, () => {});
  // Element, length and enterprise number of each field. What nobody reads is padding (210).
  assertEquals(decoder.toJSON().domains[0]?.[2].templates, [
    [256, 0, ...[210, 5, 0], ...[8, 4, 0], ...[82, 65535, 0], ...[1, 8, 29305], ...[1, 4, 0]],
  ]);
});

Deno.test("Decoder ignores a damaged state, and never reads beside a packet by one", () => {
  const decoder = new Decoder();
  const options = set(1, v9Options(258, 1, [[1, 4], [34, 4]]), new Uint8Array(2));
  decoder.decode(v9({}, TEMPLATE, options, set(258, uint(0, 4), uint(10, 4))), START, () => {});
  const text = JSON.stringify(decoder);
  const records = v9({}, DATA, set(258, uint(0, 4), uint(20, 4)), DATA);
  const wrong = ["-1", "1e99", "65535", "null", '"8"', "[]", "{}", "0.5", "4294967296", "true"];
  const numbers = [...text.matchAll(/-?\d+/g)];
  assert(numbers.length > 30);
  for (const { index, 0: number } of numbers) {
    for (const other of wrong) {
      const damaged = text.slice(0, index) + other + text.slice(index + number.length);
      const restarted = new Decoder({ state: JSON.parse(damaged) });
      restarted.decode(records, START, ({ bytes }) => {
        assert(Number.isSafeInteger(bytes) && bytes >= 0, damaged);
      });
    }
  }
  for (const state of [null, [], 7, "", { rates: {} }, { domains: [], rates: null }]) {
    const restarted = new Decoder({ state: state as unknown as DecoderState });
    assertEquals(bytesOf(restarted, v9({}, TEMPLATE, DATA), START), 100);
  }
});
