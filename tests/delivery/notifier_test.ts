import { assertEquals } from "@std/assert";
import { Notifier } from "../../src/delivery/notifier.ts";
import { settle, VirtualTime } from "../virtual_time.ts";

/** Starts to wait, and returns whether the wait is over. */
function wait(notifier: Notifier, ms: number): () => boolean {
  let isOver = false;
  notifier.wait(ms).then(() => isOver = true);
  return () => isOver;
}

Deno.test("Notifier ends a wait, and the next one if nobody waits, but no more", async () => {
  using time = new VirtualTime(1_800_000_000);
  const notifier = new Notifier();
  const first = wait(notifier, 60_000);
  await settle();
  assertEquals(first(), false);
  notifier.notify();
  await settle();
  assertEquals(first(), true);

  notifier.notify();
  notifier.notify();
  const second = wait(notifier, 60_000);
  await settle();
  assertEquals(second(), true);
  const third = wait(notifier, 60_000);
  await time.pass(59.9);
  assertEquals(third(), false);
  await time.pass(0.2);
  assertEquals(third(), true);
});

Deno.test("Notifier waits on where timers cannot, and not at all for a time that is over", async () => {
  using time = new VirtualTime(1_800_000_000);
  const notifier = new Notifier();
  const past = wait(notifier, -5);
  await time.pass(0.05);
  assertEquals(past(), true);
  const forever = wait(notifier, Infinity);
  await time.pass(5);
  assertEquals(forever(), false);
  notifier.notify();
  await settle();
  assertEquals(forever(), true);
});
