/** What identifies a point. */
interface Point {
  readonly p: string;
  /** In seconds. */
  readonly t?: number;
}

/**
 * Finds points by path and time among many.
 *
 * A hash table of numbers: to grow a Map of a million keys made of path and time, and to collect its garbage, stops
 * everything else for 0.1 s and more.
 */
export class PointIndex {
  readonly #points: readonly Point[];
  /** Pairs: the position of a point plus 1, or 0 for none, and its hash. It is in the first free pair from the hash on. */
  #pairs = new Int32Array(16);
  #size = 0;

  /** Constructs a new instance that knows none of the points. */
  constructor(points: readonly Point[]) {
    this.#points = points;
  }

  /** Returns the position of a known point with the same path and time; if there is none, this one is at `position`. */
  put(point: Point, position: number): number | undefined {
    const pairs = this.#pairs;
    const hash = hashOf(point);
    let index = firstIndex(pairs, hash);
    for (; pairs[index] !== 0; index = nextIndex(pairs, index)) {
      const known = pairs[index]! - 1;
      if (pairs[index + 1] === hash && isSame(this.#points[known]!, point)) return known;
    }
    pairs[index] = position + 1;
    pairs[index + 1] = hash;
    if (++this.#size * 4 > pairs.length) this.#grow();
    return undefined;
  }

  #grow(): void {
    const before = this.#pairs;
    const pairs = this.#pairs = new Int32Array(before.length * 2);
    for (let old = 0; old < before.length; old += 2) {
      if (before[old] === 0) continue;
      let index = firstIndex(pairs, before[old + 1]!);
      while (pairs[index] !== 0) index = nextIndex(pairs, index);
      pairs[index] = before[old]!;
      pairs[index + 1] = before[old + 1]!;
    }
  }
}

// The length is a power of 2, and pairs begin at even indices.
function firstIndex(pairs: Int32Array, hash: number): number {
  return (hash << 1) & (pairs.length - 1);
}

function nextIndex(pairs: Int32Array, index: number): number {
  return (index + 2) & (pairs.length - 1);
}

function isSame(a: Point, b: Point): boolean {
  return a.p === b.p && microsOf(a) === microsOf(b);
}

function microsOf({ t }: Point): number {
  return t === undefined ? -1 : Math.round(t * 1e6);
}

/** FNV-1a of the path and the time, mixed so that its last bits depend on all of them. */
function hashOf(point: Point): number {
  const { p } = point;
  const micros = microsOf(point);
  let hash = 0x811c9dc5;
  for (let index = 0; index < p.length; index++) hash = fnv(hash, p.charCodeAt(index));
  hash = fnv(fnv(hash, micros | 0), Math.floor(micros / 2 ** 32));
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 12);
}

function fnv(hash: number, part: number): number {
  return Math.imul(hash ^ part, 0x01000193);
}
