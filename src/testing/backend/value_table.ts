/** One value that the sandbox has stored. */
export interface StoredValue {
  /** The account it belongs to. */
  readonly accountId: number;
  /** The path it is stored under. */
  readonly p: string;
  /** The value as a number; use `text` where more digits matter than a number holds. */
  readonly v: number;
  /** The value exactly as the database holds it, such as `"12.50"` or `"NaN"`. */
  readonly text: string;
  /** The time it is stored at, in UNIX seconds with up to six decimals. */
  readonly t: number;
  /** The method of the request that stored it last. */
  readonly method: "POST" | "PUT";
}

/** One row of the table of paths. A row without values is what a refused path leaves behind. */
export interface PathRow {
  /** The path. */
  readonly p: string;
  /** The id of the row. */
  readonly id: number;
  /** How many values it has. */
  readonly count: number;
}

interface Path {
  readonly id: number;
  readonly points: Map<number, StoredValue>;
}

/** Paths by name, and under each its values by time. */
export class ValueTable {
  readonly #accountId: number;
  readonly #newId: () => number;
  readonly #paths = new Map<string, Path>();
  #count = 0;

  /** Makes an empty table. */
  constructor(accountId: number, newId: () => number) {
    this.#accountId = accountId;
    this.#newId = newId;
  }

  /** How many values are stored, without Grafolean's own statistics. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is a row for the path. */
  hasPath(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Adds the row of a path unless there is one. */
  addPath(path: string): void {
    if (!this.#paths.has(path)) this.#paths.set(path, { id: this.#newId(), points: new Map() });
  }

  /** Removes the row of a path and its values. */
  deletePath(path: string): boolean {
    const row = this.#paths.get(path);
    if (row && !isSystemPath(path)) this.#count -= row.points.size;
    return this.#paths.delete(path);
  }

  /** Stores one value, in the place of the one at the same path and time. The path must have a row. */
  store(path: string, micros: number, text: string, method: "POST" | "PUT"): StoredValue {
    const { points } = this.#paths.get(path)!;
    const value: StoredValue = {
      accountId: this.#accountId,
      p: path,
      v: Number(text),
      text,
      t: micros / 1e6,
      method,
    };
    const before = points.size;
    points.set(micros, value);
    if (!isSystemPath(path)) this.#count += points.size - before;
    return value;
  }

  /** The value at a path and time, if any. */
  at(path: string, micros: number): StoredValue | undefined {
    return this.#paths.get(path)?.points.get(micros);
  }

  /** The values of a path, ordered by time; all paths but Grafolean's own when no path is given. */
  values(path?: string): StoredValue[] {
    const values: StoredValue[] = [];
    if (path === undefined) {
      for (const [name, row] of this.#paths) {
        if (!isSystemPath(name)) { for (const value of row.points.values()) values.push(value); }
      }
    } else {
      for (const value of this.#paths.get(path)?.points.values() ?? []) values.push(value);
    }
    return values.sort((a, b) => a.t - b.t);
  }

  /** The rows of paths, in the order in which they were added. */
  paths(): PathRow[] {
    return [...this.#paths].map(([p, { id, points }]) => ({ p, id, count: points.size }));
  }

  /** Forgets all values and paths. */
  clear(): void {
    this.#paths.clear();
    this.#count = 0;
  }
}

/** Whether a path is one that Grafolean writes its own statistics to. */
export function isSystemPath(path: string): boolean {
  return path.startsWith("system.");
}
