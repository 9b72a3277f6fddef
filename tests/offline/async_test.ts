// What the library relies on. Passes with the real @std/async as well.

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { retry, RetryError, type RetryOptions } from "@std/async/retry";
import { mock } from "node:test";
import { assertType, type Same } from "./types.ts";

/** Runs everything that waits for promises only. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** Runs `test` with fake timers. */
function withFakeTime(test: () => Promise<void>): () => Promise<void> {
  return async () => {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
    try {
      await test();
    } finally {
      mock.timers.reset();
    }
  };
}

Deno.test(
  "delay resolves after its time, not before",
  withFakeTime(async () => {
    let over = false;
    delay(1_000).then(() => over = true);
    mock.timers.tick(999);
    await settle();
    assert(!over);
    mock.timers.tick(1);
    await settle();
    assert(over);
  }),
);

Deno.test(
  "delay waits longer than the longest timeout",
  withFakeTime(async () => {
    const days = 24 * 60 * 60 * 1_000;
    let over = false;
    delay(60 * days).then(() => over = true);
    for (let day = 1; day <= 60; day++) {
      assert(!over, `over on day ${day}`);
      mock.timers.tick(days);
      await settle();
    }
    assert(over);
  }),
);

Deno.test("delay resolves at once for 0, negative numbers and NaN", async () => {
  for (const ms of [0, -5, NaN]) await delay(ms);
});

Deno.test("delay rejects with the reason of its signal", async () => {
  const reason = new Error("Enough");
  const aborter = new AbortController();
  const waiting = delay(60_000, { signal: aborter.signal });
  aborter.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting), reason);
  assertStrictEquals(await assertRejects(() => delay(0, { signal: aborter.signal })), reason);
});

Deno.test("retry returns what the function returns, synchronous or not", async () => {
  const text = await retry(() => "at once");
  assertType<Same<typeof text, string>>();
  assertEquals([text, await retry(() => Promise.resolve(5))], ["at once", 5]);
});

/** Lets `retry` fail `failures` times and returns the wait after each, in milliseconds. */
async function waits(failures: number, options: RetryOptions): Promise<number[]> {
  const times: number[] = [];
  let over = false;
  retry(() => {
    times.push(Date.now());
    if (times.length <= failures) throw new Error("Not yet");
  }, { jitter: 0, maxAttempts: failures + 1, ...options }).then(() => over = true);
  for (let i = 0; i < 10_000 && !over; i++) {
    await settle();
    mock.timers.tick(10);
  }
  return times.slice(1).map((time, index) => time - times[index]!);
}

Deno.test(
  "retry waits longer each time, up to a limit",
  withFakeTime(async () => {
    assertEquals(await waits(5, { minTimeout: 100, maxTimeout: 700 }), [100, 200, 400, 700, 700]);
    assertEquals(await waits(3, { minTimeout: 50, multiplier: 1 }), [50, 50, 50]);
    assertEquals(await waits(4, {}), [1_000, 2_000, 4_000, 8_000]);
  }),
);

Deno.test(
  "retry shortens its waits at random by the jitter",
  withFakeTime(async () => {
    const random = mock.method(Math, "random", () => 0.5);
    try {
      assertEquals(await waits(2, { minTimeout: 1_000, jitter: 1 }), [500, 1_000]);
      assertEquals(await waits(2, { minTimeout: 1_000, jitter: 0.2 }), [900, 1_800]);
    } finally {
      random.mock.restore();
    }
  }),
);

Deno.test("retry throws RetryError with the last failure as the cause", async () => {
  let calls = 0;
  const error = await assertRejects(
    () =>
      retry(() => {
        throw new Error(`Failure ${++calls}`);
      }, { maxAttempts: 3, minTimeout: 0, maxTimeout: 1 }),
    RetryError,
    "Retrying exceeded the maxAttempts (3).",
  );
  assertEquals([(error.cause as Error).message, error.name, calls], ["Failure 3", "RetryError", 3]);
});

Deno.test("retry throws a failure that is not retriable unchanged", async () => {
  const failure = new TypeError("Hopeless");
  let calls = 0;
  const thrown = await assertRejects(() =>
    retry(() => {
      calls++;
      throw failure;
    }, { isRetriable: (error) => !(error instanceof TypeError) })
  );
  assertStrictEquals(thrown, failure);
  assertEquals(calls, 1);
});

Deno.test("retry throws the reason of its signal, before an attempt and between two", async () => {
  const reason = new Error("Enough");
  let calls = 0;
  const thrown = await assertRejects(() =>
    retry(() => calls++, { signal: AbortSignal.abort(reason) })
  );
  assertStrictEquals(thrown, reason);
  assertEquals(calls, 0);

  const aborter = new AbortController();
  const retrying = retry(() => {
    calls++;
    queueMicrotask(() => aborter.abort(reason));
    throw new Error("Not yet");
  }, { signal: aborter.signal, minTimeout: 60_000, jitter: 0 });
  assertStrictEquals(await assertRejects(() => retrying), reason);
  assertEquals(calls, 1);
});

Deno.test("retry refuses options out of range before the first call", async () => {
  const wrong: readonly RetryOptions[] = [
    { maxAttempts: 0 },
    { maxAttempts: 1.5 },
    { multiplier: 0.5 },
    { multiplier: Infinity },
    { maxTimeout: 0 },
    { maxTimeout: NaN },
    { minTimeout: -1 },
    { minTimeout: 2_000, maxTimeout: 1_000 },
    { jitter: -0.1 },
    { jitter: 1.1 },
  ];
  for (const options of wrong) {
    await assertRejects(
      () => retry(() => assert(false, "It was called"), options),
      RangeError,
      "Cannot retry as",
      JSON.stringify(options),
    );
  }
});
