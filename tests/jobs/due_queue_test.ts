import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DueQueue, type Queueable } from "../../src/jobs/due_queue.ts";

interface Item extends Queueable {
  readonly name: string;
}

const item = (name: string): Item => ({ name, due: Infinity, order: 0 });

/** Removes what is due, as `[name, due]`, first due first. */
function take(queue: DueQueue<Item>, upTo: number): [string, number][] {
  const taken: [string, number][] = [];
  for (let first; (first = queue.first) !== undefined && queue.firstDue <= upTo;) {
    assertEquals(first.due, queue.firstDue);
    taken.push([first.name, queue.firstDue]);
    queue.delete(first);
  }
  return taken;
}

Deno.test("DueQueue yields the earliest item first, and those of the same time in the order of addition", () => {
  const queue = new DueQueue<Item>();
  queue.set(item("c"), 12);
  queue.set(item("a"), 10);
  queue.set(item("b"), 10);
  assertEquals(take(queue, 9), []);
  assertEquals(take(queue, 12), [["a", 10], ["b", 10], ["c", 12]]);
  assertEquals([queue.firstDue, queue.first], [Infinity, undefined]);
});

Deno.test("DueQueue moves and deletes items", () => {
  const queue = new DueQueue<Item>();
  const [a, b] = [item("a"), item("b")];
  queue.set(a, 10);
  queue.set(a, 20);
  queue.set(b, 10);
  queue.delete(b);
  queue.delete(b);
  assertEquals(take(queue, 19), []);
  assertEquals(take(queue, 20), [["a", 20]]);
});

Deno.test("DueQueue behaves like a list that is searched", () => {
  const n = fc.integer({ min: 0, max: 30 });
  const move = fc.oneof(
    { weight: 4, arbitrary: fc.record({ set: n, due: fc.integer({ min: 0, max: 60 }) }) },
    { weight: 2, arbitrary: fc.record({ delete: n }) },
    { weight: 1, arbitrary: fc.record({ take: fc.integer({ min: 0, max: 70 }) }) },
  );
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200, size: "max" }), (moves) => {
      const queue = new DueQueue<Item>();
      const items = Array.from({ length: 31 }, (_, n) => item(`${n}`));
      let model: [string, number][] = [];
      const added: string[] = [];
      for (const move of moves) {
        if ("take" in move) {
          const due = model.filter(([, due]) => due <= move.take)
            .sort(([a, dueA], [b, dueB]) => dueA - dueB || added.indexOf(a) - added.indexOf(b));
          model = model.filter(([, due]) => due > move.take);
          assertEquals(take(queue, move.take), due);
        } else if ("set" in move) {
          if (!added.includes(`${move.set}`)) added.push(`${move.set}`);
          const known = model.find(([name]) => name === `${move.set}`);
          if (known === undefined) model.push([`${move.set}`, move.due]);
          else known[1] = move.due;
          queue.set(items[move.set]!, move.due);
        } else {
          model = model.filter(([name]) => name !== `${move.delete}`);
          queue.delete(items[move.delete]!);
        }
        assertEquals(queue.firstDue, Math.min(Infinity, ...model.map(([, due]) => due)));
      }
    }),
    {
      examples: [[[
        ...[{ set: 1, due: 0 }, { set: 0, due: 4 }, { set: 0, due: 0 }, { delete: 0 }],
        ...[{ set: 2, due: 4 }, { set: 0, due: 5 }, { set: 0, due: 4 }, { take: 4 }],
      ]]],
    },
  );
});
