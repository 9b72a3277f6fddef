import { assertEquals } from "@std/assert";
import { SequenceTracker } from "./sequence.ts";

/** Checks packets of [sequence, count]; returns what each reveals as lost. */
function check(...packets: [number, number | undefined][]): number[] {
  const tracker = new SequenceTracker();
  return packets.map(([sequence, count]) => tracker.check(sequence, count));
}

/** The numbers of `length` packets from `start` on. */
const run = (start: number, length: number) => Array.from({ length }, (_, n) => start + n);

/** Checks packets of one number each; returns what is lost in the end. */
function lostIn(numbers: readonly number[], tracker = new SequenceTracker()): number {
  return numbers.reduce((lost, number) => lost + tracker.check(number % 2 ** 32, 1), 0);
}

Deno.test("SequenceTracker finds no loss in order, also across the wrap", () => {
  assertEquals(check([7, 1], [8, 1], [9, 1]), [0, 0, 0]);
  assertEquals(check([2 ** 32 - 20, 30], [10, 30], [40, 1]), [0, 0, 0]);
  assertEquals(check([5, 0], [5, 3], [5, 0], [8, 1]), [0, 0, 0, 0]);
});

Deno.test("SequenceTracker counts losses at once, also across the wrap", () => {
  assertEquals(check([7, 1], [10, 1], [11, 1]), [0, 2, 0]);
  assertEquals(check([2 ** 32 - 2, 1], [3, 1]), [0, 4]);
});

Deno.test("SequenceTracker subtracts late packets from the losses", () => {
  assertEquals(check([7, 1], [9, 1], [8, 1], [10, 1]), [0, 1, -1, 0]);
  assertEquals(check([0, 30], [60, 30], [30, 30], [90, 30]), [0, 30, -30, 0]);
  assertEquals(check([7, 1], [8, 1], [8, 1], [9, 1]), [0, 0, 0, 0]);
  assertEquals(check([7, 1], [18, 1], [12, 1], [8, 1], [9, 1]), [0, 10, -1, -1, -1]);
});

Deno.test("SequenceTracker takes packets for late that are 40 or 200 behind", () => {
  assertEquals(lostIn([...run(500, 10), ...run(511, 200), 510, ...run(711, 10)]), 0);
  assertEquals(lostIn([500, 460, 501, 300, 502, 461, 503]), 0);
  assertEquals(lostIn([...run(0, 300), ...run(340, 40), ...run(300, 40), ...run(380, 9)]), 0);
  assertEquals(lostIn([...run(0, 300), ...run(0, 300).reverse(), ...run(300, 9)]), 0);
});

Deno.test("SequenceTracker invents no loss where a third of the packets is up to 200 late", () => {
  let seed = 1;
  const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  const arrivals = run(0, 20_000).map((n) =>
    [n + (random() < 0.3 ? 200 * random() : 0), n] as const
  );
  const numbers = arrivals.sort(([a], [b]) => a - b).map(([, n]) => n);
  assertEquals(lostIn([...numbers, ...run(20_000, 5), 20_010]), 5);
});

Deno.test("SequenceTracker accepts a restart of the sequence", () => {
  const restart = [...run(0, 5), 8, 9];
  assertEquals(lostIn([70_000, ...restart]), 3);
  // So close that the packets could be late.
  assertEquals(lostIn([10, ...restart]), 0);
  assertEquals(lostIn([0, ...run(2_000_000, 5), 2_000_008]), 3);
});

Deno.test("SequenceTracker invents no loss where sequences are interleaved", () => {
  for (const distance of [0, 1, 3, 30, 500, 5000, 3_000_000_000]) {
    for (const burst of [1, 2, 10, 40]) {
      const numbers: number[] = [];
      const tracker = new SequenceTracker();
      for (let n = 0; n < 400; n += burst) {
        numbers.push(...run(n, burst), ...run(distance + n, burst));
      }
      assertEquals(lostIn(numbers, tracker), 0, `${distance} apart, ${burst} in a row`);
      if (distance < 5000) continue;
      const losses = [403, 404, distance + 400, distance + 405, 406, distance + 406];
      assertEquals(lostIn(losses, tracker), 3 + 4 + 1);
    }
  }
  // One of them sends twice as much.
  assertEquals(lostIn(run(0, 900).flatMap((n) => [1000 + n, n * 2, n * 2 + 1])), 0);
});

Deno.test("SequenceTracker invents no loss where 100 sequences are interleaved", () => {
  const tracker = new SequenceTracker();
  const rounds = (from: number, until: number) =>
    run(from, until - from).flatMap((n) => run(0, 100).map((k) => k * 10_000 + n));
  assertEquals(lostIn(rounds(0, 10), tracker), 0);
  assertEquals(lostIn(rounds(13, 20), tracker), 300);
});

Deno.test("SequenceTracker starts over after a packet with an unknown count", () => {
  assertEquals(check([7, 1], [8, undefined], [500, 2], [502, 1], [504, 1]), [0, 0, 0, 0, 1]);
});

Deno.test("SequenceTracker accepts numbers that include the packet itself", () => {
  assertEquals(check([21, 21], [49, 28], [76, 27], [104, 28]), [0, 0, 0, 0]);
});
