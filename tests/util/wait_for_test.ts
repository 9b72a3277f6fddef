import { assertEquals } from "@std/assert";
import { waitFor } from "../../src/util/wait_for.ts";
import { FakeTime, flush } from "../jobs/fake_time.ts";

const never = new Promise<void>(() => {});

Deno.test("waitFor returns whether the promise resolved in time, and leaves no timer", async () => {
  const time = new FakeTime(100);
  assertEquals(await waitFor(Promise.resolve(), { ms: 1000, clock: time }), true);
  assertEquals(time.pending, 0);
  const waiting = waitFor(never, { ms: 1000, clock: time });
  await time.advance(1);
  assertEquals([await waiting, time.pending], [false, 0]);
});

Deno.test("waitFor ends when its signal aborts", async () => {
  const time = new FakeTime(100);
  const controller = new AbortController();
  const waiting = waitFor(never, { ms: 1000, signal: controller.signal, clock: time });
  controller.abort();
  assertEquals(await waiting, false);
  assertEquals(await waitFor(never, { signal: controller.signal, clock: time }), false);
  assertEquals(time.pending, 0);
});

Deno.test("waitFor waits forever without a time, or with one too long for timers", async () => {
  const time = new FakeTime(100);
  for (const ms of [undefined, Infinity, 2 ** 31]) {
    let resolve = () => {};
    let result: boolean | undefined;
    waitFor(new Promise<void>((done) => resolve = done), { ms, clock: time })
      .then((done) => result = done);
    await time.advance(3e6);
    assertEquals([result, time.pending], [undefined, 0]);
    resolve();
    await flush();
    assertEquals(result, true);
  }
});

Deno.test("waitFor returns true for a promise that rejects, which is not unhandled then", async () => {
  assertEquals(await waitFor(Promise.reject(new Error("no"))), true);
  let reject = (_error: Error): void => {};
  const late = new Promise<void>((_resolve, fail) => reject = fail);
  assertEquals(await waitFor(late, { signal: AbortSignal.abort() }), false);
  reject(new Error("too late"));
  await flush();
});
