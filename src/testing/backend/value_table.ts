/** A stored value. */
export interface StoredValue {
  /** The id of the account. */
  readonly accountId: number;
  /** The path. */
  readonly p: string;
  /** The value as a number; use `text` if a number does not hold enough digits. */
  readonly v: number;
  /** The value as stored in the database, such as `"12.50"` or `"NaN"`. */
  readonly text: string;
  /** The time, in UNIX seconds with up to six decimals. */
  readonly t: number;
  /** The method of the request that stored it last. */
  readonly method: "POST" | "PUT";
}

/** A row of the table of paths. A refused path leaves a row without values behind. */
export interface PathRow {
  /** The path. */
  readonly p: string;
  /** The id of the row. */
  readonly id: number;
  /** The number of values it has. */
  readonly count: number;
}

interface Path {
  readonly id: number;
  readonly points: Map<number, StoredValue>;
}

/** The paths and values of an account. */
export class ValueTable {
  readonly #accountId: number;
  readonly #newId: () => number;
  readonly #paths = new Map<string, Path>();
  #count = 0;

  constructor(accountId: number, newId: () => number) {
    this.#accountId = accountId;
    this.#newId = newId;
  }

  /** The number of values, without Grafolean's own statistics. */
  get count(): number {
    return this.#count;
  }

  hasPath(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Adds a path unless it exists. */
  addPath(path: string): void {
    if (!this.#paths.has(path)) this.#paths.set(path, { id: this.#newId(), points: new Map() });
  }

  /** The path with an id, if any. */
  pathOf(id: number): string | undefined {
    for (const [path, row] of this.#paths) if (row.id === id) return path;
    return undefined;
  }

  /** Gives an existing path another name, which must be free. */
  renamePath(path: string, name: string): void {
    const row = this.#paths.get(path)!;
    this.deletePath(path);
    this.#paths.set(name, { id: row.id, points: new Map() });
    for (const [micros, { text, method }] of row.points) this.store(name, micros, text, method);
  }

  /** Deletes a path with its values. */
  deletePath(path: string): void {
    if (!isSystemPath(path)) this.#count -= this.#paths.get(path)?.points.size ?? 0;
    this.#paths.delete(path);
  }

  /** Stores a value and replaces the one at the same path and time, if any. The path must exist. */
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

  /** The values of a path, or of all paths except Grafolean's own, ordered by time. */
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

  /** The paths, in the order in which they were added. */
  paths(): PathRow[] {
    return [...this.#paths].map(([p, { id, points }]) => ({ p, id, count: points.size }));
  }

  clear(): void {
    this.#paths.clear();
    this.#count = 0;
  }
}

/** Whether Grafolean writes its own statistics to the path. */
function isSystemPath(path: string): boolean {
  return path.startsWith("system.");
}
