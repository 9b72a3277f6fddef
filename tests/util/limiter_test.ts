import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Limiter } from "../../src/util/limiter.ts";

Deno.test("Limiter runs up to its limit at a time, first come, first served", async () => {
  const limiter = new Limiter(3);
  const order: number[] = [];
  let now = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 20 }, (_, n) =>
    limiter.run(async () => {
      order.push(n);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, n % 3));
      now--;
    })));
  assertEquals(most, 3);
  assertEquals(order, Array.from({ length: 20 }, (_, n) => n));
});

Deno.test("Limiter goes on after a function that fails", async () => {
  const limiter = new Limiter(1);
  for (let n = 0; n < 3; n++) {
    await assertRejects(() => limiter.run(() => Promise.reject(new Error("no"))), Error, "no");
    await assertRejects(
      () =>
        limiter.run(() => {
          throw new Error("at once");
        }),
      Error,
      "at once",
    );
  }
  assertEquals(await limiter.run(() => Promise.resolve(5)), 5);
});

Deno.test("Limiter rejects a waiter whose signal aborts", async () => {
  const limiter = new Limiter(1);
  const controller = new AbortController();
  const reason = new Error("the bot ends");
  let end = () => {};
  const first = limiter.run(() => new Promise<void>((resolve) => end = resolve));
  const ran: string[] = [];
  const run = (name: string) => () => Promise.resolve(ran.push(name));
  const impatient = limiter.run(run("impatient"), controller.signal)
    .catch((error) => error);
  const patient = limiter.run(run("patient"));
  controller.abort(reason);
  assertEquals(await impatient, reason);
  end();
  await Promise.all([first, patient]);
  assertEquals(ran, ["patient"]);
  assertEquals(
    await limiter.run(() => Promise.resolve(1), controller.signal).catch((error) => error),
    reason,
  );
});

Deno.test("Limiter refuses a limit that is not a whole number above 0", () => {
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new Limiter(limit), RangeError, `to ${limit}: expected`);
  }
});
