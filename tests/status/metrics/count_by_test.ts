import { assert, assertEquals } from "@std/assert";
import { countBy } from "../../../src/status/metrics/count_by.ts";
import { FakeTurns } from "../../turns.ts";

Deno.test("countBy keeps the keys of the last time", async () => {
  const last = new Map([["a", 3], ["b", 2]]);
  const counts = await countBy([1, 2, 3], (item) => item === 3 ? undefined : "b", last);
  assertEquals([...counts], [["a", 0], ["b", 2]]);
});

Deno.test("countBy does not hold the event loop, however many items there are", async () => {
  using turns = new FakeTurns();
  turns.longest();
  const items = Array.from({ length: 100 }, (_, index) => index);
  const counts = await countBy(items, () => {
    turns.work(1);
    return "devices";
  }, new Map());
  assertEquals(counts.get("devices"), 100);
  const longest = turns.longest();
  assert(longest <= 5, `${longest} ms`);
});
