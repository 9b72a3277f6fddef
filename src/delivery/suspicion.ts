import type { Chunk, Evidence } from "./chunk.ts";

// After it choked on so many different chunks, with nothing stored in between, the backend itself is taken to be sick.
const SICK_AFTER = 3;
// The search for the value at fault tries many chunks of which most are good, but not always the first ones.
const SICK_AFTER_SUSPECTS = 12;
const DOUBTS_TO_SPLIT = 3;
const DOUBTS_TO_REFUSE = 8;
// So many requests must have been stored meanwhile before a single value is held to be at fault,
const PROOF = 10;
// and a good value must not have so many failures in a row by chance, at the rate at which good ones fail.
const CHANCE = 1e-8;

/** What is to be done with a chunk that the backend choked on. */
type Sentence = "again" | "split" | "refuse";

/**
 * Collects evidence for and against the backend, from the requests of one account: others may be stored elsewhere.
 *
 * An answer of 500 may come from a value that the backend cannot store, or from a trouble of its own. A value at fault
 * fails each time while others are stored. Where chunks that failed are stored later, the backend fails at random, and
 * more failures are needed to convict a value.
 */
export class Suspicion {
  #stored = 0;
  #unfounded = 0;
  #inARow = 0;
  #last: readonly unknown[] | undefined;

  /** Whether there is nothing against the backend. */
  get isHealthy(): boolean {
    return this.#inARow < SICK_AFTER;
  }

  /** Whether the backend chokes on everything. */
  isSick(searching: boolean): boolean {
    return this.#inARow >= (searching ? SICK_AFTER_SUSPECTS : SICK_AFTER);
  }

  /** How many chunks it has choked on with nothing stored in between. */
  get inARow(): number {
    return this.#inARow;
  }

  /** What is known now. */
  get evidence(): Evidence {
    return { stored: this.#stored, unfounded: this.#unfounded };
  }

  /** A chunk was stored. */
  acquit(chunk: Chunk): void {
    this.#stored++;
    // Where values were taken out, the one at fault may have been among these.
    if (!chunk.reduced) this.#unfounded += chunk.doubts;
    this.#inARow = 0;
    this.#last = undefined;
  }

  /** The backend choked on a chunk. */
  accuse(chunk: Chunk): Sentence {
    // The same chunk again says nothing new about the backend.
    if (this.#last !== chunk.values) this.#inARow++;
    this.#last = chunk.values;
    // A suspect has been watched since the chunk that it comes from was split.
    if (chunk.doubts === 0 && !chunk.suspect) chunk.since = this.evidence;
    chunk.doubts++;
    const stored = this.#stored - chunk.since.stored;
    if (chunk.values.length > 1) return this.#shouldSplit(chunk, stored) ? "split" : "again";
    if (chunk.doubts < DOUBTS_TO_REFUSE || stored < PROOF) return "again";
    // Twice, since not all chunks that failed without a fault of theirs have been stored by now.
    const failed = 2 * (this.#unfounded - chunk.since.unfounded) + 1;
    const failing = failed / (stored + failed);
    return failing ** chunk.doubts < CHANCE ? "refuse" : "again";
  }

  #shouldSplit({ suspect, doubts }: Chunk, stored: number): boolean {
    // One part tells about the other; the parts are split at the first doubt, but only where something was stored, so
    // that a sick backend does not make crumbs of everything.
    return suspect ? stored > 0 : doubts >= DOUBTS_TO_SPLIT;
  }
}
