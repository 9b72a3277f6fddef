import { assertEquals } from "@std/assert";
import { type LastRequest, type SendPermit, SendPermits } from "../../src/delivery/send_permits.ts";
import { settle, VirtualTime } from "../virtual_time.ts";

/** Asks for permits, and returns those that were given so far. */
function ask(permits: SendPermits, count: number, last: LastRequest = "stored"): SendPermit[] {
  const given: SendPermit[] = [];
  for (let n = 0; n < count; n++) permits.acquire(last).then((each) => given.push(each));
  return given;
}

Deno.test("SendPermits lets 16 requests be in progress, and the next one as soon as one ends", async () => {
  const permits = new SendPermits();
  const given = ask(permits, 20);
  await settle();
  assertEquals(given.length, 16);
  given[3]!.release();
  await settle();
  assertEquals(given.length, 17);
  given[3]!.release();
  await settle();
  assertEquals(given.length, 17, "a permit is released once");
  for (const permit of given.slice()) permit.release();
  await settle();
  assertEquals(given.length, 20);
  for (const permit of given) permit.release();
});

Deno.test("SendPermits keeps the order in which it is asked", async () => {
  const permits = new SendPermits({ fast: 1 });
  const order: number[] = [];
  for (let n = 0; n < 10; n++) {
    permits.acquire("stored").then((permit) => {
      order.push(n);
      permit.release();
    });
  }
  await settle();
  assertEquals(order, Array.from({ length: 10 }, (_, n) => n));
});

Deno.test("SendPermits starts the next request when one has been in progress for a second", async () => {
  using time = new VirtualTime(1_800_000_000);
  const permits = new SendPermits();
  const given = ask(permits, 100);
  await time.pass(0.95);
  assertEquals(given.length, 16);
  await time.pass(0.1);
  assertEquals(given.length, 32);
  await time.pass(2);
  assertEquals(given.length, 64, "64 are in progress at most");
  await time.pass(60);
  assertEquals(given.length, 64);
  given[0]!.release();
  given[63]!.release();
  await settle();
  assertEquals(given.length, 66);
});

Deno.test("SendPermits lets four requests be in progress of accounts that fail late", async () => {
  using time = new VirtualTime(1_800_000_000);
  const permits = new SendPermits();
  const failing = ask(permits, 10, "failed late");
  const others = ask(permits, 16);
  await settle();
  assertEquals([failing.length, others.length], [4, 16]);
  // The others have become slow, too, and there are more than four of them.
  await time.pass(1.1);
  failing[0]!.release();
  await settle();
  assertEquals(failing.length, 4);
  const late = ask(permits, 1);
  await settle();
  assertEquals(late.length, 1, "slow requests are not in the way of others");
  for (const permit of others) permit.release();
  await settle();
  assertEquals(failing.length, 5);
  await time.pass(60);
  assertEquals(failing.length, 5);
});

Deno.test("SendPermits leaves no timer behind", async () => {
  // The sanitizer of the test runner would find it.
  const permits = new SendPermits();
  const given = ask(permits, 17);
  await settle();
  for (const permit of given.slice()) permit.release();
  await settle();
  assertEquals(given.length, 17);
  given[16]!.release();
});

Deno.test("SendPermits lets four requests be in progress of accounts that fail soon, whatever hangs", async () => {
  using time = new VirtualTime(1_800_000_000);
  const permits = new SendPermits();
  ask(permits, 10, "failed late");
  ask(permits, 16);
  const failing = ask(permits, 10, "failed");
  await settle();
  assertEquals(failing.length, 4);
  failing[0]!.release();
  await settle();
  assertEquals(failing.length, 5);
  // Those hang, too.
  await time.pass(1.1);
  assertEquals(failing.length, 9);
  for (const permit of failing.slice()) permit.release();
  await settle();
  assertEquals(failing.length, 10);
});
