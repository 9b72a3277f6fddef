import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { inTurns, isTurnOver, nextTurn } from "../../src/util/turns.ts";
import { FakeTurns } from "../turns.ts";

Deno.test("inTurns lets the event loop turn every 5 ms", async () => {
  using turns = new FakeTurns();
  const done: number[] = [];
  await inTurns([1, 2, 3, 4, 5, 6, 7], (item) => {
    turns.work(4);
    done.push(item);
  });
  assertEquals(done, [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(turns.longest(), 8);
});

Deno.test("inTurns shares a turn with all that is under way", async () => {
  using turns = new FakeTurns();
  const order: string[] = [];
  const work = (name: string) =>
    inTurns([1, 2, 3, 4, 5, 6], (item) => {
      turns.work(4);
      order.push(`${name}${item}`);
    });
  await Promise.all([work("a"), work("b"), work("c")]);
  assertEquals(order.length, 18);
  assertEquals(turns.longest(), 8);
});

Deno.test("inTurns lets go of an event loop that was held before", async () => {
  using turns = new FakeTurns();
  await nextTurn();
  turns.work(50);
  assertEquals(isTurnOver(), true);
  let waited = false;
  setImmediate(() => waited = true);
  await inTurns([1], () => assertEquals(waited, true));
});

Deno.test("inTurns stops at the end of the turn in which its signal aborts", async () => {
  using turns = new FakeTurns();
  const stop = new AbortController();
  const done: number[] = [];
  const stopped = inTurns([1, 2, 3, 4, 5], (item) => {
    turns.work(4);
    done.push(item);
    if (item === 3) stop.abort("stopped");
  }, stop.signal);
  assertEquals(await stopped.catch((reason) => reason), "stopped");
  assertEquals(done, [1, 2, 3, 4]);
});

Deno.test("inTurns rejects with what the work throws, and goes no further", async () => {
  const done: number[] = [];
  const error = await inTurns([1, 2, 3], (item) => {
    if (item === 2) throw new Error("no");
    done.push(item);
  }).catch((error) => error.message);
  assertEquals([error, done], ["no", [1]]);
});
