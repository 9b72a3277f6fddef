import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Deque } from "../../src/util/deque.ts";

Deno.test("Deque returns items in the order in which they were pushed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { maxLength: 6 }), (steps) => {
      const queue = new Deque<number>();
      let pushed = 0;
      let shifted = 0;
      for (const [pushes, shifts] of steps) {
        for (let n = 0; n < pushes; n++) queue.push(pushed++);
        for (let n = 0; n < shifts; n++) {
          const isEmpty = shifted === pushed;
          assertEquals(queue.first, isEmpty ? undefined : shifted);
          assertEquals(queue.shift(), isEmpty ? undefined : shifted++);
        }
        assertEquals(queue.size, pushed - shifted);
      }
    }),
  );
});
