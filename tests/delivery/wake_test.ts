import { assert, assertEquals } from "@std/assert";
import { Wake } from "../../src/delivery/wake.ts";

Deno.test("Wake ends a wait early, and keeps a call that nobody waits for", async () => {
  const wake = new Wake();
  const before = performance.now();
  const waiting = wake.wait(60_000);
  wake.call();
  await waiting;
  wake.call();
  wake.call();
  await wake.wait(60_000);
  assert(performance.now() - before < 30_000);
  assertEquals(wake.takeCall(), false);
  await wake.wait(1);
  await wake.wait(-5);
  wake.call();
  assertEquals([wake.takeCall(), wake.takeCall()], [true, false]);
});

Deno.test("Wake waits as long as it takes where timers cannot", async () => {
  const wake = new Wake();
  let isOver = false;
  const waiting = wake.wait(Infinity).then(() => isOver = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(isOver, false);
  wake.call();
  await waiting;
});
