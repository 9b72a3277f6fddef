import { assertEquals } from "@std/assert";
import { SequenceTracker } from "./sequence.ts";

/** Runs packets of [sequence, count] through a tracker; what is lost of each, or "restart". */
function check(...packets: [number, number | undefined][]): (number | "restart")[] {
  const tracker = new SequenceTracker();
  return packets.map(([sequence, count]) => {
    const { lost, restarted } = tracker.check(sequence, count);
    return restarted ? "restart" : lost + 0;
  });
}

Deno.test("SequenceTracker finds nothing missing in order, beyond the wrap too", () => {
  assertEquals(check([7, 1], [8, 1], [9, 1]), [0, 0, 0]);
  assertEquals(check([2 ** 32 - 20, 30], [10, 30], [40, 1]), [0, 0, 0]);
  assertEquals(check([5, 0], [5, 3], [8, 1]), [0, 0, 0]);
});

Deno.test("SequenceTracker counts what is missing, beyond the wrap too", () => {
  assertEquals(check([7, 1], [10, 1], [11, 1]), [0, 2, 0]);
  assertEquals(check([2 ** 32 - 2, 1], [3, 1]), [0, 4]);
});

Deno.test("SequenceTracker takes back what comes late", () => {
  assertEquals(check([7, 1], [9, 1], [8, 1], [10, 1]), [0, 1, -1, 0]);
  assertEquals(check([0, 30], [60, 30], [30, 30], [90, 30]), [0, 30, -30, 0]);
  assertEquals(check([7, 1], [8, 1], [8, 1], [9, 1]), [0, 0, 0, 0]);
});

Deno.test("SequenceTracker sees that an exporter counts anew", () => {
  assertEquals(check([70_000, 1], [0, 1], [1, 1], [3, 1]), [0, "restart", 0, 1]);
  // From so near that it could be lateness, at first.
  assertEquals(
    check([10, 1], [0, 1], [1, 1], [2, 1], [3, 1], [4, 1]),
    [0, 0, 0, 0, "restart", 0],
  );
  assertEquals(check([0, 1], [2_000_000, 1], [2_000_001, 1]), [0, "restart", 0]);
});

Deno.test("SequenceTracker begins anew after a packet whose count is not known", () => {
  assertEquals(check([7, 1], [8, undefined], [500, 2], [502, 1]), [0, 0, 0, 0]);
});

Deno.test("SequenceTracker understands an exporter that counts a packet in its own number", () => {
  assertEquals(check([21, 21], [49, 28], [76, 27], [104, 28]), [0, 0, 0, 0]);
});
