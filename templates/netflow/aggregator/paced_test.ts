import { assert, assertEquals } from "@std/assert";
import { paced } from "./paced.ts";

function* slowSteps(count: number): Generator<number> {
  for (let n = 0; n < count; n++) {
    for (const until = performance.now() + 1.5; performance.now() < until;);
    yield n;
  }
}

Deno.test("paced passes on all items, and lets timers run between slow ones", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++);
  const items: number[] = [];
  for await (const item of paced(slowSteps(20))) items.push(item);
  clearInterval(timer);
  assertEquals(items, Array.from({ length: 20 }, (_, n) => n));
  assert(turns >= 5, `${turns} turns`);
});
