import type { StoredValue } from "./store/outbox_store.ts";
import { wireSize } from "./values_request.ts";

/** Values that are sent together, and what has happened to them so far. */
export interface Chunk {
  /** The values, oldest first. */
  readonly values: readonly StoredValue[];
  /** Not to be sent before this moment, in milliseconds. */
  notBefore: number;
  /** How often it was answered 400. */
  badRequests: number;
  /** How often the backend choked on it. */
  doubts: number;
  /** What was known of the backend when it first choked on this. */
  since: Evidence;
  /** Whether it is a part of a larger chunk that the backend choked on again and again. */
  readonly suspect: boolean;
  /** Whether some of the values that the backend choked on are not in it any more. */
  readonly reduced: boolean;
}

/** What speaks for the backend, and what against it. */
export interface Evidence {
  /** Requests with values that were stored. */
  readonly stored: number;
  /** How often the backend choked on values that it stored when they came again. */
  readonly unfounded: number;
}

/** Makes a chunk that was never sent. */
export function newChunk(values: readonly StoredValue[], suspect = false): Chunk {
  return {
    values,
    notBefore: 0,
    badRequests: 0,
    doubts: 0,
    since: { stored: 0, unfounded: 0 },
    suspect,
    reduced: false,
  };
}

/** Makes a chunk of some of the values of another one, which keeps its history. */
export function reducedTo(values: readonly StoredValue[], chunk: Chunk): Chunk {
  return { ...chunk, values, reduced: true };
}

/** Splits values into two halves. */
export function halves<T>(values: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(values.length / 2);
  return [values.slice(0, middle), values.slice(middle)];
}

/**
 * How many values, from the start, fit into one request: at least 1 if there is one.
 *
 * @param key What may be in a request only once, since the backend answers 500 to the whole of it otherwise: for a POST
 * the path, for a PUT the path with its time. Left out where nothing can be there twice.
 */
export function fitting<T extends Pick<StoredValue, "p" | "v">>(
  values: readonly T[],
  mostValues: number,
  mostBytes: number,
  key?: (value: T) => string,
): number {
  const keys = new Set<string>();
  let bytes = 0;
  let count = 0;
  for (const value of values) {
    bytes += wireSize(value);
    const name = key?.(value);
    const twice = name !== undefined && keys.has(name);
    if (count > 0 && (count >= mostValues || bytes > mostBytes || twice)) break;
    if (name !== undefined) keys.add(name);
    count++;
  }
  return count;
}
