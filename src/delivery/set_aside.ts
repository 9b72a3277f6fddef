import { type Chunk, newChunk, reducedTo } from "./chunk.ts";

/** Chunks in the order of their oldest values, each with the time of its next try. */
export class SetAside {
  #chunks: Chunk[] = [];
  #probes = 0;

  /** Whether there is nothing. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Whether the search for a value that the backend chokes on is under way. */
  get hasSuspects(): boolean {
    return this.#chunks.some((chunk) => chunk.suspect);
  }

  /** When the next chunk may be tried, in milliseconds; `Infinity` if there is none. */
  get nextTry(): number {
    return this.#chunks.reduce((time, { notBefore }) => Math.min(time, notBefore), Infinity);
  }

  /** The ids of all values. */
  ids(): Set<number> {
    const ids = new Set<number>();
    for (const { values } of this.#chunks) for (const { id } of values) ids.add(id);
    return ids;
  }

  /** Adds chunks; those without values are left out. */
  add(chunks: readonly Chunk[]): void {
    this.#chunks = [...this.#chunks, ...chunks.filter(({ values }) => values.length > 0)]
      .sort((a, b) => a.values[0]!.id - b.values[0]!.id);
  }

  /** Takes out the oldest chunk that may be tried now, of those that the backend has or has not choked on. */
  takeDue(now: number, doubted: boolean): Chunk | undefined {
    const index = this.#chunks.findIndex(({ notBefore, doubts, suspect }) =>
      notBefore <= now && (suspect || doubts > 0) === doubted
    );
    return index < 0 ? undefined : this.#chunks.splice(index, 1)[0];
  }

  /** Takes out one single value, each time from another place, whenever it may be tried. */
  takeProbe(): Chunk | undefined {
    const index = this.#probes % Math.max(1, this.#chunks.length);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return undefined;
    const at = (this.#probes++ * 37) % chunk.values.length;
    this.#chunks.splice(index, 1);
    if (chunk.values.length === 1) return chunk;
    this.add([reducedTo(chunk.values.filter((_, place) => place !== at), chunk)]);
    const { suspect, since } = chunk;
    return { ...newChunk(chunk.values.slice(at, at + 1), suspect), since };
  }

  /** Lets everything be tried at once. */
  hurry(): void {
    for (const chunk of this.#chunks) chunk.notBefore = 0;
  }

  /** Forgets values up to an id. */
  forget(upToId: number): void {
    const oldest = this.#chunks[0]?.values[0];
    if (oldest === undefined || oldest.id > upToId) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.add(chunks.map((chunk) => {
      const left = chunk.values.filter(({ id }) => id > upToId);
      return left.length === chunk.values.length ? chunk : reducedTo(left, chunk);
    }));
  }
}
