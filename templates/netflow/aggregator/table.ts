import { formatKey, hashKey } from "./flow_key.ts";
import type { MemoryBudget } from "./memory_budget.ts";
import { nthSmallest } from "./nth_smallest.ts";

/** A key as text, and its sum. */
export type TableEntry = readonly [key: string, sum: number];

/** The contents of a {@linkcode Table}. */
export interface TableRows {
  /** The largest true sum that a missing key may have; 0 as long as all sums are exact. */
  readonly error: number;
  /** The words of each key. */
  readonly keys: Uint32Array;
  /** The sum of each key that is certain. */
  readonly sums: Float64Array;
  /** By how much the true sum of each key may be larger. */
  readonly errors: Float64Array;
}

const MIN_ROWS = 32;

// Linear probing is fast while at most half of the cells are in use.
const CELLS_PER_ROW = 2;

// Reused, as a flood of addresses would make much garbage.
let scratch = new Float64Array(0);

/**
 * Sums up amounts by key and returns the largest, in bounded memory.
 *
 * It does what `TopN` of `@grafolean/collector/toolkit` does, and has the same guarantees. But its keys are a few words
 * each in typed arrays, found by linear probing, since a text and a `Map` entry for each key of each flow take longer than
 * everything else that the bot does with a packet.
 */
export class Table {
  readonly #words: number;
  readonly #capacity: number;
  readonly #memory: MemoryBudget;
  // A row is a key, its sum and its error.
  #keys = new Uint32Array(0);
  #sums = new Float64Array(0);
  #errors = new Float64Array(0);
  #size = 0;
  // A key hashes to a cell, which holds the number of its row, counted from 1; 0 if the cell is empty.
  #cells = new Uint16Array(1);
  #error = 0;

  /**
   * Constructs an empty table. It takes memory when the first key is added.
   *
   * @param words Number of 32-bit words in a key.
   * @param capacity The maximum number of keys: a power of 2 from 32 to 32,768.
   */
  constructor(words: number, capacity: number, memory: MemoryBudget) {
    this.#words = words;
    this.#capacity = capacity;
    this.#memory = memory;
  }

  /** The rows, which change as the table does. */
  get rows(): TableRows {
    return {
      error: this.#error,
      keys: this.#keys.subarray(0, this.#size * this.#words),
      sums: this.#sums.subarray(0, this.#size),
      errors: this.#errors.subarray(0, this.#size),
    };
  }

  /** Adds an amount, 0 or more, to the sum of a key. */
  add(key: Uint32Array, amount: number): void {
    this.#add(key, 0, amount, 0);
  }

  /** Adds the rows of another table, which had keys of the same kind. */
  addRows({ error, keys, sums, errors }: TableRows): void {
    // The other table may have forgotten any key of this one, but not those that it has.
    this.#error += error;
    for (let row = 0; row < this.#size; row++) this.#errors[row]! += error;
    for (let row = 0; row < sums.length; row++) {
      this.#add(keys, row * this.#words, sums[row]!, errors[row]! - error);
    }
  }

  /** Returns the `n` largest sums, largest first. */
  top(n: number): TableEntry[] {
    const { sums } = this.rows;
    const least = sums.length > n ? nthSmallest(sums.slice(), sums.length - n) : 0;
    return Array.from(sums.keys())
      .filter((row) => sums[row]! >= least)
      .sort((a, b) => sums[b]! - sums[a]!)
      .slice(0, n)
      .map((row) => [formatKey(this.#keys, row * this.#words, this.#words), sums[row]!]);
  }

  /**
   * Adds to a sum and to its error.
   *
   * @param error If the key is missing, it is beyond the error of the table.
   */
  #add(keys: Uint32Array, start: number, amount: number, error: number): void {
    let cell = this.#find(keys, start);
    const row = this.#cells[cell]! - 1;
    if (row >= 0) {
      this.#sums[row]! += amount;
      this.#errors[row]! += error;
      return;
    }
    if (this.#size === this.#sums.length) {
      if (!this.#makeRoom()) {
        this.#error += Math.max(0, amount + error);
        return;
      }
      cell = this.#find(keys, start);
    }
    for (let word = 0; word < this.#words; word++) {
      this.#keys[this.#size * this.#words + word] = keys[start + word]!;
    }
    this.#sums[this.#size] = amount;
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
    const { keys, sums, errors } = this.rows;
    const keyBytes = 4 * this.#words;
    const rowBytes = 8 + 8 + keyBytes + 2 * CELLS_PER_ROW;
    if (!this.#memory.take((rows - this.#size) * rowBytes, rows > MIN_ROWS)) return false;
    // In one piece: in four, small tables take a third more memory.
    const buffer = new ArrayBuffer(rows * rowBytes);
    this.#sums = new Float64Array(buffer, 0, rows);
    this.#errors = new Float64Array(buffer, rows * 8, rows);
    this.#keys = new Uint32Array(buffer, rows * 16, rows * this.#words);
    this.#cells = new Uint16Array(buffer, rows * (16 + keyBytes), rows * CELLS_PER_ROW);
    this.#sums.set(sums);
    this.#errors.set(errors);
    this.#keys.set(keys);
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
    if (scratch.length < sums.length) scratch = new Float64Array(sums.length);
    const largest = scratch.subarray(0, sums.length);
    for (let row = 0; row < sums.length; row++) largest[row] = sums[row]! + errors[row]!;
    const error = this.#error = nthSmallest(largest, (largest.length >> 1) - 1);
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
    const words = this.#words;
    const [keys, cells] = [this.#keys, this.#cells];
    const mask = cells.length - 1;
    for (let row = 0; row < this.#size; row++) {
      let cell = hashKey(keys, row * words, words) & mask;
      while (cells[cell] !== 0) cell = (cell + 1) & mask;
      cells[cell] = row + 1;
    }
  }
}
