import { type Chunk, newChunk } from "./chunk.ts";
import type { RequestSize } from "./request_size.ts";
import { SetAside } from "./set_aside.ts";
import type { StoredValue } from "./store/outbox_store.ts";
import type { Method } from "./values_request.ts";

/** Reads the values of one account from the store: the oldest with an id above `afterId`, at most `limit`. */
export type ReadStore = (afterId: number, limit: number) => StoredValue[];

// Values that wait for their first try. Those beyond are read from the store when their turn comes.
const MOST_FRESH = 20_000;
// Values set aside at a time, so that not everything that waits is taken into memory.
const MOST_ASIDE = 4000;
// Values read from the store at a time.
const READ_VALUES = 500;

/**
 * Values that were just handed over are `fresh`. Values that were tried and not taken are set `aside` in chunks, each
 * with the time of its next try. All other waiting values, the backlog, stay in the store until they are read.
 */
export class LaneQueue {
  readonly #size: RequestSize;
  #fresh: StoredValue[] = [];
  readonly #aside = new SetAside();
  /** Everything in the store up to here was read, or is fresh. */
  #cursor = 0;
  /** The last id in the store that is not fresh. */
  #backlogEnd: number;
  #backlogIsNext = false;

  /**
   * Makes a queue.
   *
   * @param backlogEnd The last id that the store holds already.
   * @param size Says how many values go into a chunk.
   */
  constructor(backlogEnd: number, size: RequestSize) {
    this.#backlogEnd = backlogEnd;
    this.#size = size;
  }

  /** The fresh value that came first. */
  get firstFresh(): StoredValue | undefined {
    return this.#fresh[0];
  }

  /** Whether the search for a value that the backend chokes on is under way. */
  get isSearching(): boolean {
    return this.#aside.hasSuspects;
  }

  /** When the next chunk that was set aside may be tried, in milliseconds; `Infinity` if there is none. */
  get nextTry(): number {
    return this.#aside.nextTry;
  }

  /** Whether nothing waits. */
  isEmpty(read: ReadStore): boolean {
    return this.#aside.isEmpty && this.#fresh.length === 0 &&
      (this.#cursor >= this.#backlogEnd || read(this.#cursor, 1).length === 0);
  }

  /** Adds values that are in the store already, to be tried soon or when their turn comes. */
  accept(values: readonly StoredValue[], soon: boolean): void {
    if (soon && this.#fresh.length + values.length <= MOST_FRESH) {
      this.#fresh.push(...values);
    } else {
      this.freshToBacklog();
      this.#backlogEnd = values.at(-1)?.id ?? this.#backlogEnd;
    }
  }

  /** Adds chunks that were tried. */
  setAside(chunks: readonly Chunk[]): void {
    this.#aside.add(chunks);
  }

  /** Takes out a chunk of fresh values. */
  takeFresh(method: Method): Chunk {
    return newChunk(this.#fresh.splice(0, this.#size.fit(this.#fresh, method)));
  }

  /**
   * Takes out a chunk of values that are not fresh: the oldest first, except that what the backend has choked on takes
   * turns with the rest, so as not to be in its way.
   */
  takeOld(now: number, read: ReadStore): Chunk | undefined {
    const rest = () => this.#aside.takeDue(now, false) ?? this.#takeBacklog(read);
    this.#backlogIsNext = !this.#backlogIsNext;
    return this.#backlogIsNext
      ? rest() ?? this.#aside.takeDue(now, true)
      : this.#aside.takeDue(now, true) ?? rest();
  }

  /**
   * Takes out a single value, to see whether the backend takes anything at all. All that was tried so far may be bad, so
   * others have their turn, too.
   */
  takeProbe(read: ReadStore): Chunk | undefined {
    this.#backlogIsNext = !this.#backlogIsNext;
    return this.#backlogIsNext
      ? this.#takeBacklog(read, 1) ?? this.#aside.takeProbe()
      : this.#aside.takeProbe() ?? this.#takeBacklog(read, 1);
  }

  /** Leaves fresh values to the store. */
  freshToBacklog(): void {
    const last = this.#fresh.at(-1);
    if (last === undefined) return;
    this.#backlogEnd = last.id;
    this.#fresh = [];
  }

  /** Forgets values that the store has dropped: most of those up to an id. */
  forget(upToId: number): void {
    if ((this.#fresh[0]?.id ?? Infinity) <= upToId) {
      this.#fresh = this.#fresh.filter(({ id }) => id > upToId);
    }
    this.#aside.forget(upToId);
    this.#backlogEnd = Math.max(this.#backlogEnd, upToId);
    this.rescan();
  }

  /** Looks through the whole store again, in case that it did not give out everything. */
  rescan(): void {
    this.#cursor = 0;
  }

  /** Lets everything have its turn at once. */
  hurry(): void {
    this.#aside.hurry();
    this.rescan();
  }

  #takeBacklog(read: ReadStore, most = Infinity): Chunk | undefined {
    // What was set aside is in the store as well, maybe beyond the cursor.
    const aside = this.#aside.ids();
    if (aside.size >= MOST_ASIDE) return undefined;
    while (this.#cursor < this.#backlogEnd) {
      const found = read(this.#cursor, READ_VALUES);
      const waiting = found.filter(({ id }) => id <= this.#backlogEnd && !aside.has(id));
      if (waiting.length > 0) {
        const values = waiting.slice(0, Math.min(most, this.#size.fit(waiting, "PUT")));
        this.#cursor = values.at(-1)!.id;
        return newChunk(values);
      }
      this.#cursor = Math.min(found.at(-1)?.id ?? Infinity, this.#backlogEnd);
    }
    return undefined;
  }
}
