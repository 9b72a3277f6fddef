/** A value that waits for its delivery. */
export interface WaitingValue {
  /** The path. */
  readonly p: string;
  /** The value. */
  readonly v: number | string;
  /** Its time, in microseconds since 1970. */
  readonly t: number;
  /** The row that it belongs to; `undefined` once it no longer waits. */
  row: WaitingRow | undefined;
}

/** Values of one account that were accepted together. The journal stores them together, too. */
export interface WaitingRow {
  /** Larger than the ids of all rows before. */
  readonly id: number;
  /** The account of the values. */
  readonly accountId: number;
  /** When they were accepted, in milliseconds since 1970. */
  readonly acceptedAt: number;
  /** The values that still wait. A row without values is gone. */
  values: WaitingValue[];
}

/** A value before it has a row. */
export type UnwrittenValue = Pick<WaitingValue, "p" | "v" | "t">;

/** A value that may have the time of its row. */
type TimelessValue = Pick<WaitingValue, "p" | "v"> & { readonly t?: number };

// The journal writes a row again when a part of it was delivered, and that should not cost much. A request by POST
// carries as many values.
const ROW_VALUES = 100;

// Below this it is not worthwhile to close the gaps.
const COMPACT_FROM = 1024;

/** All values that wait, in the order in which they were accepted. The journal is a copy of this. */
export class WaitingValues {
  #rows: WaitingRow[] = [];
  #head = 0;
  #liveRows = 0;
  #nextId = 1;
  #values = 0;
  #bytes = 0;
  /** Values with a time of their own, by account, path and time. */
  readonly #ownTimes = new Map<string, WaitingValue>();
  #changed = new Set<WaitingRow>();

  /** The number of values. */
  get values(): number {
    return this.#values;
  }

  /** The memory that they take up, in bytes, give or take a fifth. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns how much of that it frees to remove a value. */
  bytesOf(value: WaitingValue): number {
    const { row } = value;
    if (row === undefined) return 0;
    const hasKey = this.#ownTimes.size > 0 &&
      this.#ownTimes.get(ownTimeKey(row.accountId, value)) === value;
    return memoryOf(value) + (hasKey ? memoryOfKey(value) : 0);
  }

  /**
   * Adds values of an account in rows of a bounded size, and returns the rows.
   *
   * @param time The time of those that have none, in microseconds since 1970.
   */
  add(accountId: number, values: readonly TimelessValue[], time = 0): WaitingRow[] {
    const rows: WaitingRow[] = [];
    for (let start = 0; start < values.length; start += ROW_VALUES) {
      const part = values.slice(start, start + ROW_VALUES);
      rows.push(this.#addRow(this.#nextId, accountId, Date.now(), part, time));
    }
    return rows;
  }

  /**
   * Removes earlier values of the same paths and times as those of some rows, whose times the bot has given.
   *
   * @param areLate Whether these are the earlier ones, which a file gave back late, and are removed themselves.
   * @returns The number of values that were removed.
   */
  replaceEarlier(rows: Iterable<WaitingRow>, areLate = false): number {
    const earlier: WaitingValue[] = [];
    for (const { accountId, values } of rows) {
      for (const value of values) {
        const key = ownTimeKey(accountId, value);
        const before = this.#ownTimes.get(key);
        if (before === undefined) this.#bytes += memoryOfKey(value);
        else earlier.push(areLate ? value : before);
        if (before === undefined || !areLate) this.#ownTimes.set(key, value);
      }
    }
    return this.remove(earlier);
  }

  /** Adds a row that the journal has stored already. Rows must be restored in the order of their ids, before all others. */
  restore(
    id: number,
    accountId: number,
    values: readonly UnwrittenValue[],
    acceptedAt: number = Date.now(),
  ): WaitingRow {
    const row = this.#addRow(id, accountId, acceptedAt, values, 0);
    this.#changed.delete(row);
    return row;
  }

  /** Removes values, and returns how many of them still waited. */
  remove(values: Iterable<WaitingValue>): number {
    const touched = new Set<WaitingRow>();
    let removed = 0;
    for (const value of values) {
      const { row } = value;
      if (row === undefined) continue;
      this.#bytes -= this.bytesOf(value);
      value.row = undefined;
      touched.add(row);
      removed++;
      if (this.#ownTimes.size > 0) this.#forgetOwnTime(row.accountId, value);
    }
    this.#values -= removed;
    for (const row of touched) {
      row.values = row.values.filter((value) => value.row === row);
      if (row.values.length === 0) this.#liveRows--;
      this.#changed.add(row);
    }
    this.#compact();
    return removed;
  }

  /** Returns the rows in their order. */
  *rows(): Generator<WaitingRow> {
    for (let index = this.#head; index < this.#rows.length; index++) {
      const row = this.#rows[index]!;
      if (row.values.length > 0) yield row;
    }
  }

  /** When the first of them was accepted, in milliseconds since 1970. */
  get oldest(): number | undefined {
    return this.#rows[this.#head]?.acceptedAt;
  }

  /** Returns the rows that have changed since the last call, those without values included. */
  takeChanged(): Set<WaitingRow> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #forgetOwnTime(accountId: number, value: WaitingValue): void {
    const key = ownTimeKey(accountId, value);
    if (this.#ownTimes.get(key) === value) this.#ownTimes.delete(key);
  }

  #addRow(
    id: number,
    accountId: number,
    acceptedAt: number,
    values: readonly TimelessValue[],
    time: number,
  ): WaitingRow {
    const row: WaitingRow = { id, accountId, acceptedAt, values: [] };
    for (const value of values) {
      const { p, v, t = time } = value;
      row.values.push({ p, v, t, row });
      this.#bytes += memoryOf(value);
    }
    this.#values += values.length;
    this.#rows.push(row);
    this.#liveRows++;
    this.#nextId = Math.max(this.#nextId, id + 1);
    this.#changed.add(row);
    return row;
  }

  #compact(): void {
    while (this.#rows[this.#head]?.values.length === 0) this.#head++;
    // Also where the first row stays and others come and go behind it.
    if (this.#rows.length <= COMPACT_FROM || this.#liveRows * 2 >= this.#rows.length) return;
    this.#rows = this.#rows.filter(({ values }) => values.length > 0);
    this.#head = 0;
  }
}

/**
 * The values whose times come from the bot, as it may send them again after a restart. The times of the library are never
 * whole milliseconds.
 */
export function* withOwnTimes(rows: Iterable<WaitingRow>): Generator<WaitingRow> {
  for (const row of rows) {
    const values = row.values.filter(({ t }) => t % 1000 === 0);
    if (values.length > 0) yield { ...row, values };
  }
}

function ownTimeKey(accountId: number, { p, t }: WaitingValue): string {
  return `${accountId} ${t} ${p}`;
}

// Measured on Deno with 1,000,000 values: an object of four fields, a path of its own, a boxed time and number, and places
// in a row and a queue take up 156 to 220 bytes where the paths have 45 characters. Values that share the string of their
// path take up less.
const VALUE_BYTES = 124;
const STRING_BYTES = 24;
// Measured likewise: a key of its own, and a place in a map.
const KEY_BYTES = 76;

/** Returns about how many bytes of memory a value takes up, give or take a fifth. */
function memoryOf({ p, v }: Pick<WaitingValue, "p" | "v">): number {
  return VALUE_BYTES + p.length + (typeof v === "string" ? STRING_BYTES + v.length : 0);
}

/** What {@linkcode ownTimeKey} adds to that. */
function memoryOfKey({ p }: Pick<WaitingValue, "p">): number {
  return KEY_BYTES + p.length;
}
