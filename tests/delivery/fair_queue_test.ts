import { assertEquals } from "@std/assert";
import { FairQueue } from "../../src/delivery/fair_queue.ts";

Deno.test("FairQueue gives keys their turns, and keeps the items of a key in order", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.push(item[0]!, item);
  const taken: string[] = [];
  while (queue.keys > 0) {
    queue.takeTurn((item) => {
      taken.push(item);
      if (item === "b1") queue.push("d", "d1");
      return true;
    });
  }
  assertEquals(taken, ["a1", "b1", "c1", "a2", "d1", "c2", "a3"]);
  queue.takeTurn(() => {
    throw new Error("Called without an item");
  });
});

Deno.test("FairQueue keeps an item first until the work with it is done", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "b1"]) queue.push(item[0]!, item);
  const taken: string[] = [];
  const doneAt = new Map([["a1", 3], ["a2", 1], ["b1", 2]]);
  while (queue.keys > 0) {
    queue.takeTurn((item) => {
      taken.push(item);
      return taken.filter((other) => other === item).length === doneAt.get(item);
    });
    if (taken.length === 1) assertEquals([...queue.firsts()], ["a1", "b1"]);
  }
  assertEquals(taken, ["a1", "b1", "a1", "b1", "a1", "a2"]);
});
