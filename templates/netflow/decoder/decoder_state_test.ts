import { assert, assertEquals } from "@std/assert";
import { Decoder, type DecoderState } from "./decoder.ts";
import { bytesOf, stateText } from "../testing/decode.ts";
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
  const [domain] = decoder.state().domains;
  assertEquals(atob(domain!.templates.templates), String.fromCharCode(...template(256, fields)));
});

Deno.test("Decoder ignores a damaged state, and never reads beside a packet by one", () => {
  const decoder = new Decoder();
  const options = set(1, v9Options(258, 1, [[1, 4], [34, 4]]), new Uint8Array(2));
  decoder.decode(v9({}, TEMPLATE, options, set(258, uint(0, 4), uint(10, 4))), START, () => {});
  const text = stateText(decoder);
  const records = v9({}, DATA, set(258, uint(0, 4), uint(20, 4)), DATA);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    for (const wrong of ["0", "9", "-", "7e9", "null", "[]", "{}", "A", "/"]) {
      let state;
      try {
        state = JSON.parse(text.slice(0, at) + wrong + text.slice(at + 1));
      } catch {
        continue;
      }
      count++;
      new Decoder({ state }).decode(records, START, ({ bytes }) => {
        assert(Number.isSafeInteger(bytes) && bytes >= 0, JSON.stringify(state));
      });
    }
  }
  assert(count > 1000, `${count} states`);
  for (const state of [null, [], 7, "", { rates: {} }, { domains: [], rates: null }]) {
    const restarted = new Decoder({ state: state as unknown as DecoderState });
    assertEquals(bytesOf(restarted, v9({}, TEMPLATE, DATA), START), 100);
  }
});
