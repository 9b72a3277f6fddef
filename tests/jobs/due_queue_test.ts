import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DueQueue } from "../../src/jobs/due_queue.ts";

const itemsOf = <T>(due: readonly { item: T }[]): T[] => due.map(({ item }) => item);

Deno.test("DueQueue returns what is due once, earliest first", () => {
  const queue = new DueQueue<string>();
  queue.set("c", 12);
  queue.set("a", 10);
  queue.set("b", 10);
  assertEquals(queue.take(9), []);
  assertEquals(queue.take(12), [
    { item: "a", second: 10 },
    { item: "b", second: 10 },
    { item: "c", second: 12 },
  ]);
  assertEquals(queue.take(100), []);
  assertEquals(queue.size, 0);
});

Deno.test("DueQueue moves and deletes items", () => {
  const queue = new DueQueue<string>();
  queue.set("a", 10);
  queue.set("a", 20);
  queue.set("b", 10);
  queue.delete("b");
  queue.delete("b");
  assertEquals(queue.secondOf("a"), 20);
  assertEquals(queue.secondOf("b"), undefined);
  assertEquals(queue.take(19), []);
  assertEquals(itemsOf(queue.take(20)), ["a"]);
});

Deno.test("DueQueue returns an item queued for a past second", () => {
  const queue = new DueQueue<string>();
  queue.set("a", 100);
  queue.take(100);
  queue.set("late", 50);
  assertEquals(itemsOf(queue.take(100)), ["late"]);
});

Deno.test("DueQueue behaves like a list that is searched", () => {
  const id = fc.integer({ min: 0, max: 9 });
  const move = fc.oneof(
    fc.record({ set: id, second: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ delete: id }),
    fc.record({ take: fc.integer({ min: 0, max: 70 }) }),
  );
  fc.assert(fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
    const queue = new DueQueue<number>();
    let model: { item: number; second: number }[] = [];
    for (const move of moves) {
      if ("take" in move) {
        // The sort is stable: items of the same second stay in insertion order.
        const due = model.filter(({ second }) => second <= move.take)
          .sort((a, b) => a.second - b.second);
        model = model.filter(({ second }) => second > move.take);
        assertEquals(queue.take(move.take), due);
      } else {
        const item = "set" in move ? move.set : move.delete;
        model = model.filter((other) => other.item !== item);
        queue.delete(item);
        if ("set" in move) {
          model.push({ item, second: move.second });
          queue.set(item, move.second);
        }
      }
      assertEquals(queue.size, model.length);
    }
  }));
});

Deno.test("DueQueue returns what is due after a clock jump", () => {
  const queue = new DueQueue<number>();
  for (let n = 0; n < 10; n++) queue.set(n, n);
  queue.take(0);
  assertEquals(itemsOf(queue.take(Number.MAX_SAFE_INTEGER)), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("DueQueue returns an item once, for the last second it was queued for", () => {
  const queue = new DueQueue<string>();
  for (let second = 1; second <= 1000; second++) queue.set("a", second);
  queue.set("b", 2);
  queue.delete("b");
  assertEquals(queue.take(1_000_000), [{ item: "a", second: 1000 }]);
});
