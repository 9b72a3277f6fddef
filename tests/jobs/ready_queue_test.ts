import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ReadyQueue } from "../../src/jobs/ready_queue.ts";

Deno.test("ReadyQueue behaves like an array", () => {
  const move = fc.constantFrom("push", "push", "shift", "delete", "clear");
  fc.assert(fc.property(fc.array(fc.tuple(move, fc.nat()), { maxLength: 200 }), (moves) => {
    const queue = new ReadyQueue<number>();
    const model: number[] = [];
    let next = 0;
    for (const [move, n] of moves) {
      if (move === "push") {
        queue.push(next);
        model.push(next++);
      } else if (move === "shift") {
        assertEquals(queue.shift(), model.shift());
      } else if (move === "delete") {
        const item = next === 0 ? 0 : n % next;
        const index = model.indexOf(item);
        assertEquals(queue.delete(item), index >= 0);
        if (index >= 0) model.splice(index, 1);
      } else if (n % 10 === 0) {
        assertEquals(queue.clear(), model.splice(0));
      }
      assertEquals(queue.size, model.length);
    }
  }));
});

Deno.test("ReadyQueue accepts an item again after returning it", () => {
  const queue = new ReadyQueue<string>();
  queue.push("a");
  queue.push("b");
  assertEquals(queue.shift(), "a");
  queue.push("a");
  assertEquals([queue.shift(), queue.shift(), queue.shift()], ["b", "a", undefined]);
});
