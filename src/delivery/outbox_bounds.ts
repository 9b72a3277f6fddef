import type { WaitingValue, WaitingValues } from "./store/waiting_values.ts";

/** How much may wait in an outbox. */
export interface OutboxBounds {
  /** The number of values. @default 1_000_000 */
  readonly values?: number | undefined;
  /** Their memory, in bytes. @default 268_435_456 */
  readonly bytes?: number | undefined;
  /** The size of the file, in bytes. @default 1_073_741_824 */
  readonly fileBytes?: number | undefined;
  /** How long a value may wait, in seconds. @default Infinity */
  readonly age?: number | undefined;
}

/** {@linkcode OutboxBounds} with their defaults. */
export type AllOutboxBounds = { readonly [Key in keyof OutboxBounds]-?: number };

/** Fills in the defaults. */
export function allBounds(bounds: OutboxBounds): AllOutboxBounds {
  return {
    values: bounds.values ?? 1_000_000,
    bytes: bounds.bytes ?? 256 * 2 ** 20,
    fileBytes: bounds.fileBytes ?? 2 ** 30,
    age: bounds.age ?? Infinity,
  };
}

/** Returns the oldest values: those that are too many, take up too much memory, or are too old, and at least so many. */
export function valuesBeyond(
  bounds: AllOutboxBounds,
  waiting: WaitingValues,
  atLeast: number,
): WaitingValue[] {
  const keepFrom = Date.now() - bounds.age * 1000;
  let excess = Math.max(atLeast, waiting.values - bounds.values);
  let excessBytes = waiting.bytes - bounds.bytes;
  const oldest: WaitingValue[] = [];
  for (const { acceptedAt, values } of waiting.rows()) {
    for (const value of values) {
      if (excess <= 0 && excessBytes <= 0 && acceptedAt >= keepFrom) return oldest;
      oldest.push(value);
      excess--;
      excessBytes -= waiting.bytesOf(value);
    }
  }
  return oldest;
}
