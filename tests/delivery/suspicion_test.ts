import { assert, assertEquals } from "@std/assert";
import { type Chunk, newChunk, reducedTo } from "../../src/delivery/chunk.ts";
import { Suspicion } from "../../src/delivery/suspicion.ts";

let id = 0;
const chunk = (length: number, suspect = false): Chunk =>
  newChunk(
    Array.from({ length }, () => ({ id: ++id, accountId: 1, p: `p${id}`, v: 1, t: id })),
    suspect,
  );

/** Accuses a chunk until it is sentenced, and says after how many times. */
function doubtsUntilRefused(suspicion: Suspicion, value: Chunk): number {
  for (let n = 1; n <= 1000; n++) if (suspicion.accuse(value) === "refuse") return n;
  return Infinity;
}

Deno.test("Suspicion refuses a value that failed eight times while ten requests were stored", () => {
  for (const [stored, expected] of [[10, 8], [9, Infinity], [0, Infinity]] as const) {
    const suspicion = new Suspicion();
    for (let n = 0; n < 50; n++) suspicion.acquit(chunk(1)); // Long ago, which proves nothing.
    const value = chunk(1);
    suspicion.accuse(value);
    for (let n = 0; n < stored; n++) suspicion.acquit(chunk(1));
    assertEquals(doubtsUntilRefused(suspicion, value) + 1, expected);
  }
});

Deno.test("Suspicion wants more failures where the backend fails at random", () => {
  const suspicion = new Suspicion();
  const value = chunk(1);
  suspicion.accuse(value);
  for (let n = 0; n < 20; n++) {
    const innocent = chunk(1);
    suspicion.accuse(innocent);
    suspicion.acquit(innocent);
  }
  const doubts = doubtsUntilRefused(suspicion, value);
  assert(doubts > 30 && doubts < 200, `${doubts}`);
});

Deno.test("Suspicion does not take it for chance that a chunk is stored once a value was taken out", () => {
  const suspicion = new Suspicion();
  const value = chunk(1);
  suspicion.accuse(value);
  for (let n = 0; n < 10; n++) {
    const guilty = chunk(5);
    suspicion.accuse(guilty);
    suspicion.acquit(reducedTo(guilty.values.slice(1), guilty));
  }
  assertEquals(doubtsUntilRefused(suspicion, value), 7);
});

Deno.test("Suspicion splits a chunk at the third failure, and its parts at the first if something is stored", () => {
  const suspicion = new Suspicion();
  const whole = chunk(4);
  assertEquals([1, 2, 3].map(() => suspicion.accuse(whole)), ["again", "again", "split"]);
  const part = { ...chunk(2, true), since: suspicion.evidence };
  assertEquals([1, 2, 3, 4].map(() => suspicion.accuse(part)), Array(4).fill("again"));
  suspicion.acquit(chunk(1));
  assertEquals(suspicion.accuse(part), "split");
});

Deno.test("Suspicion holds a backend for sick that fails on different chunks, not on the same one", () => {
  const suspicion = new Suspicion();
  const value = chunk(1);
  for (let n = 0; n < 20; n++) suspicion.accuse(value);
  assertEquals([suspicion.inARow, suspicion.isHealthy, suspicion.isSick(false)], [1, true, false]);
  suspicion.accuse(chunk(1));
  suspicion.accuse(chunk(1));
  assertEquals([suspicion.isHealthy, suspicion.isSick(false)], [false, true]);
  assertEquals(suspicion.isSick(true), false, "a search tries many chunks");
  for (let n = 0; n < 9; n++) suspicion.accuse(chunk(1));
  assertEquals(suspicion.isSick(true), true);
  suspicion.acquit(chunk(1));
  assertEquals([suspicion.isHealthy, suspicion.isSick(false)], [true, false]);
});
