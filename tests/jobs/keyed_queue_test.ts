import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { KeyedQueue } from "../../src/jobs/keyed_queue.ts";

Deno.test("KeyedQueue behaves like an array", () => {
  const move = fc.constantFrom("push", "push", "shift", "delete", "has", "clear");
  fc.assert(fc.property(fc.array(fc.tuple(move, fc.nat()), { maxLength: 200 }), (moves) => {
    const queue = new KeyedQueue<number, string>();
    const model: [number, string][] = [];
    let next = 0;
    for (const [move, n] of moves) {
      if (move === "push") {
        queue.push(next, `${n}`);
        model.push([next++, `${n}`]);
      } else if (move === "shift") {
        assertEquals(queue.shift(), model.shift()?.[1]);
      } else if (move === "delete") {
        const index = model.length === 0 ? 0 : n % model.length;
        const [key, value] = model.splice(index, 1)[0] ?? [-1, undefined];
        assertEquals(queue.delete(key), value);
      } else if (move === "has") {
        const key = next === 0 ? 0 : n % next;
        assertEquals(queue.has(key), model.some(([item]) => item === key));
      } else if (n % 10 === 0) {
        queue.clear();
        model.length = 0;
      }
      assertEquals(queue.size, model.length);
    }
  }));
});

Deno.test("KeyedQueue accepts an item again after returning it", () => {
  const queue = new KeyedQueue<string, number>();
  queue.push("a", 1);
  queue.push("b", 2);
  assertEquals(queue.shift(), 1);
  queue.push("a", 3);
  assertEquals([queue.shift(), queue.shift(), queue.shift()], [2, 3, undefined]);
});
