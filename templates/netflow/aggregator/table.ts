import { hashKey, type KeyKind } from "./flow_key.ts";
import { median } from "./median.ts";
import type { MemoryBudget } from "./memory_budget.ts";

/** A key as text, the sum that is certain, and by how much the true sum may be larger. */
export type TableEntry = readonly [key: string, sum: number, error: number];

const MIN_ROWS = 32;

// Linear probing is fast while at most half of the cells are in use.
const CELLS_PER_ROW = 2;

// An empty table, to begin with: most tables of egress are never used.
const NO_ROWS = { cells: new Uint16Array(1), keys: new Uint32Array(0), sums: new Float64Array(0) };

/**
 * Sums up amounts by key and returns the largest, in bounded memory.
 *
 * It does what `TopN` of `@grafolean/collector/toolkit` does, and has the same guarantees: a sum is certain, the true one
 * may be larger by its error, and no key is missing whose true sum is above {@linkcode Table.error}. But its keys are a
 * few words each in typed arrays, found by linear probing, since a text and a `Map` entry for each key of each flow take
 * longer than everything else that the bot does with a packet.
 */
export class Table {
  readonly #kind: KeyKind;
  readonly #words: number;
  readonly #capacity: number;
  readonly #memory: MemoryBudget;
  // A key hashes to a cell, which holds the number of its row, counted from 1.
  #cells = NO_ROWS.cells;
  #keys = NO_ROWS.keys;
  #sums = NO_ROWS.sums;
  #errors = NO_ROWS.sums;
  #size = 0;
  #error = 0;
  #bytes = 0;

  /**
   * Constructs an empty table. It takes memory when the first key is added.
   *
   * @param kind What its keys are.
   * @param capacity The maximum number of keys: a power of 2 from 32 to 32,768.
   */
  constructor(kind: KeyKind, capacity: number, memory: MemoryBudget) {
    this.#kind = kind;
    this.#words = kind.words;
    this.#capacity = capacity;
    this.#memory = memory;
  }

  /** The current number of keys. */
  get size(): number {
    return this.#size;
  }

  /** The largest true sum that a missing key may have; 0 as long as all sums are exact. */
  get error(): number {
    return this.#error;
  }

  /** Adds an amount, 0 or more, to the sum of a key. */
  add(key: Uint32Array, amount: number): void {
    this.#add(key, 0, amount, 0);
  }

  /**
   * Adds an entry of another table.
   *
   * @throws {TypeError} If its text is no key.
   */
  addEntry([text, sum, error]: TableEntry): void {
    const key = this.#kind.parse(text);
    if (key === undefined) throw new TypeError(`"${text}" is no key of this table`);
    this.#add(key, 0, sum, error - this.#error);
  }

  /** Accepts that more may have been forgotten of each key. */
  addError(error: number): void {
    this.#error += error;
    for (let row = 0; row < this.#size; row++) this.#errors[row]! += error;
  }

  /** Moves all sums of another table of the same kind into this one. */
  take(other: Table): void {
    if (this.#adopt(other)) return;
    // The other table may have forgotten any key of this one, but not those that it has.
    this.addError(other.#error);
    for (let row = 0; row < other.#size; row++) {
      const more = other.#errors[row]! - other.#error;
      this.#add(other.#keys, row * this.#words, other.#sums[row]!, more);
    }
    other.clear();
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#memory.give(this.#bytes);
    this.#cells = NO_ROWS.cells;
    this.#keys = NO_ROWS.keys;
    this.#sums = this.#errors = NO_ROWS.sums;
    this.#size = this.#error = this.#bytes = 0;
  }

  /** Returns the `n` largest sums, largest first. */
  top(n: number): TableEntry[] {
    const sums = this.#sums;
    const rows: number[] = [];
    let least = 0;
    for (let row = 0; row < this.#size; row++) {
      const sum = sums[row]!;
      if (sum <= least) continue;
      const rank = rows.findLastIndex((other) => sums[other]! >= sum) + 1;
      rows.splice(rank, 0, row);
      if (rows.length > n) rows.pop();
      if (rows.length === n) least = sums[rows.at(-1)!]!;
    }
    return rows.map((row) => this.#entry(row));
  }

  /** Iterates over all sums, in the order in which their keys were added. */
  *entries(): Generator<TableEntry> {
    for (let row = 0; row < this.#size; row++) yield this.#entry(row);
  }

  /** Takes over the memory of another table if this one is empty and may have as much. */
  #adopt(other: Table): boolean {
    const rows = other.#sums.length;
    if (this.#size > 0 || this.#error > 0 || rows > this.#capacity) return false;
    if (!this.#memory.take(other.#bytes, rows > MIN_ROWS)) return false;
    this.#cells = other.#cells;
    this.#keys = other.#keys;
    this.#sums = other.#sums;
    this.#errors = other.#errors;
    this.#size = other.#size;
    this.#error = other.#error;
    this.#bytes = other.#bytes;
    other.clear();
    return true;
  }

  #entry(row: number): TableEntry {
    const key = this.#kind.format(this.#keys, row * this.#words);
    return [key, this.#sums[row]!, this.#errors[row]!];
  }

  /** Adds to a sum and, beyond the error of the table if the key is missing, to its error. */
  #add(keys: Uint32Array, start: number, sum: number, error: number): void {
    let cell = this.#find(keys, start);
    const row = this.#cells[cell]! - 1;
    if (row >= 0) {
      this.#sums[row]! += sum;
      this.#errors[row]! += error;
      return;
    }
    if (this.#size === this.#sums.length) {
      if (!this.#makeRoom()) {
        this.#error += Math.max(0, sum + error);
        return;
      }
      cell = this.#find(keys, start);
    }
    for (let word = 0; word < this.#words; word++) {
      this.#keys[this.#size * this.#words + word] = keys[start + word]!;
    }
    this.#sums[this.#size] = sum;
    this.#errors[this.#size] = this.#error + error;
    this.#cells[cell] = ++this.#size;
  }

  /** Returns the cell of a key, or the empty one where it belongs. */
  #find(keys: Uint32Array, start: number): number {
    const words = this.#words;
    const own = this.#keys;
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = hashKey(keys, start, words) & mask;
    search: for (let row; (row = cells[cell]!) !== 0; cell = (cell + 1) & mask) {
      const offset = (row - 1) * words;
      for (let word = 0; word < words; word++) {
        if (own[offset + word] !== keys[start + word]) continue search;
      }
      break;
    }
    return cell;
  }

  /** Returns whether there is room for a key now. */
  #makeRoom(): boolean {
    if (this.#size === 0) return this.#grow(MIN_ROWS);
    if (this.#size >= this.#capacity || !this.#grow(2 * this.#size)) this.#forgetSmall();
    return true;
  }

  #grow(rows: number): boolean {
    const keyBytes = 4 * this.#words * rows;
    const sumBytes = 8 * rows;
    const bytes = keyBytes + 2 * sumBytes + 2 * CELLS_PER_ROW * rows;
    if (!this.#memory.take(bytes - this.#bytes, rows > MIN_ROWS)) return false;
    const [keys, sums, errors] = [this.#keys, this.#sums, this.#errors];
    const buffer = new ArrayBuffer(bytes);
    this.#bytes = bytes;
    this.#sums = new Float64Array(buffer, 0, rows);
    this.#errors = new Float64Array(buffer, sumBytes, rows);
    this.#keys = new Uint32Array(buffer, 2 * sumBytes, rows * this.#words);
    this.#cells = new Uint16Array(buffer, 2 * sumBytes + keyBytes, rows * CELLS_PER_ROW);
    this.#keys.set(keys);
    this.#sums.set(sums);
    this.#errors.set(errors);
    this.#fillCells();
    return true;
  }

  /**
   * Forgets half of the keys, for a constant amortized cost. One that comes back may have had a sum as large as the
   * largest one forgotten.
   */
  #forgetSmall(): void {
    const words = this.#words;
    const [keys, sums, errors] = [this.#keys, this.#sums, this.#errors];
    const largest = new Float64Array(sums.length);
    for (let row = 0; row < sums.length; row++) largest[row] = sums[row]! + errors[row]!;
    const error = this.#error = median(largest);
    // Of equal sums some stay, as otherwise flat traffic would empty the table.
    let spare = sums.length >> 1;
    for (let n = 0; n < largest.length; n++) if (largest[n]! > error) spare--;
    let kept = 0;
    for (let row = 0; row < sums.length; row++) {
      const most = sums[row]! + errors[row]!;
      if (most < error || (most === error && spare-- <= 0)) continue;
      sums[kept] = sums[row]!;
      errors[kept] = errors[row]!;
      for (let word = 0; word < words; word++) {
        keys[kept * words + word] = keys[row * words + word]!;
      }
      kept++;
    }
    this.#size = kept;
    this.#cells.fill(0);
    this.#fillCells();
  }

  #fillCells(): void {
    for (let row = 0; row < this.#size; row++) {
      this.#cells[this.#find(this.#keys, row * this.#words)] = row + 1;
    }
  }
}
