import { assertEquals } from "@std/assert";
import { newBatch } from "../../src/delivery/batch.ts";
import { RetryQueue } from "../../src/delivery/retry_queue.ts";
import { waitingValues } from "./values.ts";

const paths = (batch: { readonly values: readonly { readonly p: string }[] } | undefined) =>
  batch?.values.map(({ p }) => p);

Deno.test("RetryQueue sends a batch again after a moment, behind the others, and a half at once", () => {
  const { values } = waitingValues(5);
  const queue = new RetryQueue();
  queue.repeat(newBatch(values.slice(0, 1)), 1000);
  assertEquals([queue.take(1019), queue.nextTry()], [undefined, 1020]);
  queue.addHalves({
    ...newBatch(values.slice(1, 4)),
    failures: 4,
    doneBefore: 7,
    notBefore: 9e9,
  });
  queue.addFirst(newBatch(values.slice(4)));
  assertEquals(queue.nextTry(), 0);
  assertEquals(paths(queue.take(1020)), ["p4"]);
  const half = queue.take(1020);
  assertEquals([paths(half), half?.failures, half?.doneBefore], [["p1", "p2"], 0, 7]);
  assertEquals(paths(queue.take(1020)), ["p3"]);
  assertEquals(paths(queue.take(1020)), ["p0"]);
  assertEquals([queue.take(1020), queue.nextTry(), queue.length], [undefined, Infinity, 0]);
});

Deno.test("RetryQueue is full with four batches, however small they are", () => {
  const { values } = waitingValues(4);
  const queue = new RetryQueue();
  for (const [n, value] of values.entries()) {
    assertEquals(queue.isFull, false, `${n}`);
    queue.addFirst(newBatch([value]));
  }
  assertEquals(queue.isFull, true);
});

Deno.test("RetryQueue gives out single values, of each batch in turn", () => {
  const { values } = waitingValues(4);
  const queue = new RetryQueue();
  queue.repeat(newBatch(values.slice(0, 3)), 1e9);
  queue.repeat(newBatch(values.slice(3)), 1e9);
  const taken = [1, 2, 3, 4, 5].map(() => queue.takeOne(new Set())?.p);
  assertEquals(taken, ["p0", "p3", "p1", "p2", undefined]);
});

Deno.test("RetryQueue gives out single values of other paths", () => {
  const { values } = waitingValues(4);
  const queue = new RetryQueue();
  queue.repeat(newBatch(values.slice(0, 2)), 1e9);
  queue.repeat(newBatch(values.slice(2)), 1e9);
  const except = new Set(["p0", "p1", "p2"]);
  assertEquals([1, 2].map(() => queue.takeOne(except)?.p), ["p3", undefined]);
  assertEquals([1, 2, 3].map(() => queue.takeOne(new Set())?.p), ["p0", "p2", "p1"]);
});

Deno.test("RetryQueue takes a path out; the rest of its batch has not failed without it", () => {
  const { values } = waitingValues(4);
  const queue = new RetryQueue();
  const failed = { failures: 3, doneBefore: 1, notBefore: 5000 };
  queue.addFirst({ ...failed, values: values.slice(0, 2) });
  queue.addFirst({ ...failed, values: values.slice(1, 2) });
  queue.addFirst({ ...failed, values: values.slice(2) });
  assertEquals(queue.removePath("p1").map(({ p }) => p), ["p1", "p1"]);
  assertEquals(queue.length, 2);
  const rest = queue.take(0);
  assertEquals([paths(rest), rest?.failures], [["p0"], 0]);
  assertEquals(queue.nextTry(), 5000, "the other batch still waits");
  queue.retryNow();
  assertEquals(paths(queue.take(0)), ["p2", "p3"]);
});

Deno.test("RetryQueue sends nothing that was dropped", () => {
  const { values, waiting } = waitingValues(5);
  const queue = new RetryQueue();
  queue.repeat(newBatch(values.slice(0, 2)), 0);
  queue.repeat(newBatch(values.slice(2, 4)), 0);
  queue.repeat(newBatch(values.slice(4)), 0);
  waiting.remove([values[0]!, values[2]!, values[3]!]);
  queue.forgetDropped();
  assertEquals(queue.length, 2);
  assertEquals(paths(queue.take(20)), ["p1"]);
  waiting.remove([values[4]!]);
  assertEquals(queue.takeOne(new Set()), undefined);
});
