import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ADDRESS_KEY, ADDRESS_PAIR_KEY, hashKey, type KeyKind, NUMBER_KEY } from "./flow_key.ts";

const word = fc.oneof(fc.constantFrom(0, 0xffff, 0xffff0000), fc.nat({ max: 0xffffffff }));

const kinds: Record<string, KeyKind> = {
  NUMBER_KEY,
  ADDRESS_KEY,
  ADDRESS_PAIR_KEY,
};

for (const [name, kind] of Object.entries(kinds)) {
  Deno.test(`${name} parses what it formats`, () => {
    const words = fc.array(word, { minLength: kind.words, maxLength: kind.words });
    fc.assert(fc.property(words, (words) => {
      const key = Uint32Array.from(words);
      assertEquals(kind.parse(kind.format(key, 0)), key);
    }));
  });

  Deno.test(`${name} parses only what it formats`, () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:. ]*$/));
    fc.assert(fc.property(text, (text) => {
      const key = kind.parse(text);
      assert(key === undefined || kind.format(key, 0) === text);
    }));
  });
}

Deno.test("ADDRESS_PAIR_KEY formats both addresses", () => {
  const key = ADDRESS_PAIR_KEY.parse("10.0.0.1 2001:db8::1")!;
  assertEquals([...key], [0, 0, 0xffff, 0x0a000001, 0x20010db8, 0, 0, 1]);
});

Deno.test("hashKey spreads keys that differ in few bits, wherever these are", () => {
  for (let shift = 0; shift <= 20; shift++) {
    for (let position = 0; position < 8; position++) {
      const cells = new Set<number>();
      for (let n = 0; n < 1024; n++) {
        const key = new Uint32Array(8);
        key[position] = n << shift;
        cells.add(hashKey(key, 0, 8) & 4095);
      }
      // By chance there are 907, give or take 9.
      assert(cells.size > 700, `${cells.size} cells for word ${position}, shifted by ${shift}`);
    }
  }
});
