import { assert, assertEquals } from "@std/assert";
import { formatKey, hashKey } from "./flow_key.ts";

Deno.test("formatKey formats numbers, addresses and two addresses", () => {
  const words = Uint32Array.of(7, 0, 0, 0xffff, 0x0a000001, 0x20010db8, 0, 0, 1);
  assertEquals(formatKey(words, 0, 1), "7");
  assertEquals(formatKey(words, 1, 4), "10.0.0.1");
  assertEquals(formatKey(words, 1, 8), "10.0.0.1 2001:db8::1");
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
