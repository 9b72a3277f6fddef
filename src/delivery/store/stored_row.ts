import type { UnwrittenValue, WaitingRow } from "./waiting_values.ts";

/** A row of a file, after it was checked. */
export interface StoredRow {
  /** Its id in the file. */
  readonly id: number;
  /** The account of the values. */
  readonly accountId: number;
  /** When the values were accepted, in milliseconds since 1970. */
  readonly acceptedAt: number;
  /** The values, at least one. */
  readonly values: UnwrittenValue[];
}

/**
 * Encodes a row as a JSON array: the account and the microseconds since 1970 at which it was accepted; then path, value
 * and time, path, value and time, and so on. These times count from the first one, which makes them short.
 */
export function encodeRow({ accountId, acceptedAt, values }: WaitingRow): string {
  const accepted = acceptedAt * 1000;
  const data: (string | number)[] = [accountId, accepted];
  for (const { p, v, t } of values) data.push(p, v, t - accepted);
  return JSON.stringify(data);
}

/** Decodes a row. Returns `undefined` if one value of it is not right. */
export function decodeRow(id: number, data: unknown): StoredRow | undefined {
  const flat = parseJson(data);
  if (!Array.isArray(flat) || flat.length < 5) return undefined;
  const [account, accepted] = flat;
  if (![id, account, accepted].every((each) => Number.isSafeInteger(each) && each > 0)) {
    return undefined;
  }
  const values: UnwrittenValue[] = [];
  for (let at = 2; at < flat.length; at += 3) {
    const value = { p: flat[at], v: flat[at + 1], t: accepted + flat[at + 2] };
    if (!isValue(value)) return undefined;
    values.push(value);
  }
  return { id, accountId: account, acceptedAt: Math.floor(accepted / 1000), values };
}

function isValue({ p, v, t }: Record<string, unknown>): boolean {
  return typeof p === "string" && p !== "" && (typeof v === "string" || Number.isFinite(v)) &&
    Number.isSafeInteger(t) && (t as number) >= 0;
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
