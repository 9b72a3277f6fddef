import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Handovers } from "../../src/delivery/handovers.ts";

Deno.test("Handovers gives out everything in order, in pieces, and tells each job once its last value was taken", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(sizes, fc.integer({ min: 1, max: 40 }), (counts, limit) => {
    const handovers = new Handovers();
    const kept: number[] = [];
    let handed = 0;
    for (const [number, count] of counts.entries()) {
      const points = Array.from({ length: count }, () => ({ p: "a", v: handed++ }));
      handovers.add(number, points, 1000 + number, () => kept.push(number));
    }
    let id = 0;
    let taken = 0;
    while (handovers.values > 0) {
      assertEquals(handovers.values, handed - taken);
      const piece = handovers.take(limit, () => ++id);
      assert(piece.values.length > 0 && piece.values.length <= limit);
      for (const { id, v, t, accountId } of piece.values) {
        assertEquals([id, v, t], [taken + 1, taken, 1000 + accountId]);
        taken++;
      }
      for (const tell of piece.kept) tell();
      const done = counts.filter((_, n) =>
        counts.slice(0, n + 1).reduce((sum, count) => sum + count, 0) <= taken
      );
      assertEquals(kept.length, done.length);
    }
    assertEquals(taken, handed);
    assertEquals(kept, counts.map((_, n) => n));
  }));
});
