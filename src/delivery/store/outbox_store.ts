/** One value that waits. */
export interface StoredValue {
  /** Its place in the queue: later values have larger numbers. */
  readonly id: number;
  /** The account that it belongs to. */
  readonly accountId: number;
  /** The path. */
  readonly p: string;
  /** The value. */
  readonly v: number | string;
  /** When it was handed over, in microseconds since 1970. */
  readonly t: number;
}

/** How much waits. */
export interface StoreSize {
  /** How many values. */
  readonly values: number;
  /** About how many bytes they take. */
  readonly bytes: number;
}

/**
 * Keeps values in the order of their ids. Every method may throw when its medium fails; what it had kept before stays.
 */
export interface OutboxStore extends Disposable {
  /** Where the values are, in words for people. */
  readonly place: string;
  /** Whether all values are still there after the process has ended, in whatever way. */
  readonly durable: boolean;
  /** The largest id that was ever kept, as far as is known, or 0. */
  readonly lastId: number;
  /** Whether the last `read` could not give out everything, because the medium failed. */
  readonly missedSome: boolean;
  /** Adds values, whose ids are larger than all before. All of them are kept when this returns, or none. */
  append(values: readonly StoredValue[]): void;
  /** The oldest values of an account with an id above `afterId`, at most `limit`, in the order of their ids. */
  read(accountId: number, afterId: number, limit: number): StoredValue[];
  /** Forgets values, and says how many of them were still kept. */
  remove(values: readonly StoredValue[]): number;
  /** Forgets the oldest values until no more than `size` is kept. */
  trim(size: StoreSize): DroppedValues;
  /** The accounts that values are kept for. */
  accounts(): number[];
  /** How much is kept. */
  size(): StoreSize;
}

/** What {@linkcode OutboxStore.trim} had to forget. */
export interface DroppedValues {
  /** How many values. */
  readonly values: number;
  /** The largest id among them, or 0. */
  readonly lastId: number;
}

/** About how many bytes a value takes while it waits: its text, and the room around it. */
export function byteSize(value: Pick<StoredValue, "p" | "v">): number {
  return value.p.length + String(value.v).length + 32;
}
