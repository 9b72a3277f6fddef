import { assertEquals } from "@std/assert";
import { SequenceTracker } from "./sequence.ts";

/** Checks packets of [sequence, count]; returns what each reveals as lost, or "restart". */
function check(...packets: [number, number | undefined][]): (number | "restart")[] {
  const tracker = new SequenceTracker();
  return packets.map(([sequence, count]) => {
    const { lost, restarted } = tracker.check(sequence, count);
    return restarted ? "restart" : lost + 0;
  });
}

Deno.test("SequenceTracker finds no loss in order, also across the wrap", () => {
  assertEquals(check([7, 1], [8, 1], [9, 1]), [0, 0, 0]);
  assertEquals(check([2 ** 32 - 20, 30], [10, 30], [40, 1]), [0, 0, 0]);
  assertEquals(check([5, 0], [5, 3], [8, 1]), [0, 0, 0]);
});

Deno.test("SequenceTracker counts losses, also across the wrap", () => {
  assertEquals(check([7, 1], [10, 1], [11, 1]), [0, 2, 0]);
  assertEquals(check([2 ** 32 - 2, 1], [3, 1]), [0, 4]);
});

Deno.test("SequenceTracker subtracts late packets from the losses", () => {
  assertEquals(check([7, 1], [9, 1], [8, 1], [10, 1]), [0, 1, -1, 0]);
  assertEquals(check([0, 30], [60, 30], [30, 30], [90, 30]), [0, 30, -30, 0]);
  assertEquals(check([7, 1], [8, 1], [8, 1], [9, 1]), [0, 0, 0, 0]);
});

Deno.test("SequenceTracker detects a restart of the exporter", () => {
  assertEquals(check([70_000, 1], [0, 1], [1, 1], [3, 1]), [0, "restart", 0, 1]);
  // So close that packets could be late, at first.
  assertEquals(
    check([10, 1], [0, 1], [1, 1], [2, 1], [3, 1], [4, 1]),
    [0, 0, 0, 0, "restart", 0],
  );
  assertEquals(check([0, 1], [2_000_000, 1], [2_000_001, 1]), [0, "restart", 0]);
});

Deno.test("SequenceTracker starts over after a packet with an unknown count", () => {
  assertEquals(check([7, 1], [8, undefined], [500, 2], [502, 1]), [0, 0, 0, 0]);
});

Deno.test("SequenceTracker accepts numbers that include the packet itself", () => {
  assertEquals(check([21, 21], [49, 28], [76, 27], [104, 28]), [0, 0, 0, 0]);
});
