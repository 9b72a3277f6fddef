import { assert, assertEquals, assertRejects } from "@std/assert";
import { orderedMap } from "../../src/util/ordered_map.ts";

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

Deno.test("orderedMap yields in the order of the items, with up to `limit` calls at a time", async () => {
  let now = 0;
  let most = 0;
  const work = async (ms: number) => {
    most = Math.max(most, ++now);
    await wait(ms);
    now--;
    return ms;
  };
  const items = [9, 0, 3, 0, 6, 1, 2];
  assertEquals(await Array.fromAsync(orderedMap(items, 3, work)), items);
  assertEquals(most, 3);
  assertEquals(await Array.fromAsync(orderedMap([], 3, work)), []);
});

Deno.test("orderedMap throws at the turn of the failed call and aborts the rest", async () => {
  const ended: number[] = [];
  const yielded: number[] = [];
  const work = async (n: number, signal: AbortSignal) => {
    // Long before its turn: must not count as an unhandled rejection.
    if (n === 1) throw new Error("no");
    if (n === 0) await wait(10);
    else await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await wait(5);
    ended.push(n);
    return n;
  };
  await assertRejects(
    async () => {
      for await (const n of orderedMap([0, 1, 2, 3, 4], 3, work)) yielded.push(n);
    },
    Error,
    "no",
  );
  assertEquals(yielded, [0]);
  assertEquals(ended, [0, 2, 3], "the calls in progress have ended when the loop has");
});

Deno.test("orderedMap aborts the rest when the loop breaks or its signal aborts", async () => {
  const reason = new Error("the bot ends");
  for (const how of ["break", "abort"]) {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    const work = async (n: number, signal: AbortSignal) => {
      if (n === 0) return n;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      reasons.push(signal.reason);
      throw signal.reason;
    };
    const loop = async () => {
      for await (const _ of orderedMap([0, 1, 2], 3, work, controller.signal)) {
        if (how === "break") break;
        controller.abort(reason);
      }
    };
    if (how === "abort") assertEquals(await loop().catch((error) => error), reason);
    else await loop();
    assertEquals(reasons.length, 2);
    if (how === "abort") assertEquals(reasons, [reason, reason]);
  }
  const controller = new AbortController();
  controller.abort(reason);
  let started = false;
  const work = () => {
    started = true;
    return Promise.resolve(1);
  };
  await Array.fromAsync(orderedMap([1], 1, work, controller.signal)).catch((error) =>
    assertEquals(error, reason)
  );
  assert(!started);
});
