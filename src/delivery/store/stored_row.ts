import * as zlib from "node:zlib"; // Node 20 has no crc32() in some versions, and no SQLite either.
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

/** The columns of a row of the present format. */
export type EncodedRow = [
  id: number,
  account: number,
  accepted: number,
  data: string,
  checksum: number,
];

/**
 * Encodes a row: `data` is a JSON array of path, value and time, path, value and time, and so on. The times are relative
 * to `accepted`, which makes them short.
 */
export function encodeRow({ id, accountId, acceptedAt, values }: WaitingRow): EncodedRow {
  const accepted = acceptedAt * 1000;
  const data: (string | number)[] = [];
  for (const { p, v, t } of values) data.push(p, v, t - accepted);
  const text = JSON.stringify(data);
  return [id, accountId, accepted, text, checksumOf(accountId, accepted, text)];
}

/** Decodes the columns of a row of the present format. Returns `undefined` if one value of it is not right. */
export function decodeRow(columns: Record<string, unknown>): StoredRow | undefined {
  const { id, account, accepted, data, checksum } = columns;
  if (typeof data !== "string" || typeof account !== "number" || typeof accepted !== "number") {
    return undefined;
  }
  const flat = parseJson(data);
  if (!Array.isArray(flat) || checksumOf(account, accepted, data) !== checksum) return undefined;
  const values: unknown[] = [];
  for (let at = 0; at < flat.length; at += 3) {
    values.push({ p: flat[at], v: flat[at + 1], t: accepted + flat[at + 2] });
  }
  return checkedRow(id, account, accepted, values);
}

/** Decodes a row of format 1, which had one value. */
export function decodeFirstFormat(columns: Record<string, unknown>): StoredRow | undefined {
  const { id, account, p, v, t } = columns;
  return checkedRow(id, account, t, [{ p, v: parseJson(v), t }]);
}

/** What is overwritten in a file can still look like values. */
function checksumOf(account: number, accepted: number, data: string): number {
  return zlib.crc32(data, zlib.crc32(`${account} ${accepted}`));
}

// So that the order between accounts stays about the same.
const GROUP_ROWS = 10_000;

/** Joins the values of an account that are near each other: in format 1, each has a row of its own. */
export function* groupByAccount(
  rows: readonly StoredRow[],
): Generator<Pick<StoredRow, "accountId" | "values">> {
  for (let start = 0; start < rows.length; start += GROUP_ROWS) {
    const groups = new Map<number, UnwrittenValue[]>();
    for (const { accountId, values } of rows.slice(start, start + GROUP_ROWS)) {
      const group = groups.get(accountId);
      if (group === undefined) groups.set(accountId, [...values]);
      else group.push(...values);
    }
    for (const [accountId, values] of groups) yield { accountId, values };
  }
}

function checkedRow(
  id: unknown,
  account: unknown,
  accepted: unknown,
  values: unknown[],
): StoredRow | undefined {
  if (!isCount(id) || !isCount(account) || !isCount(accepted)) return undefined;
  if (values.length === 0 || !values.every(isValue)) return undefined;
  return { id, accountId: account, acceptedAt: Math.floor(accepted / 1000), values };
}

function isValue(value: unknown): value is UnwrittenValue {
  const { p, v, t } = value as Record<string, unknown>;
  return typeof p === "string" && p !== "" && (typeof v === "string" || Number.isFinite(v)) &&
    Number.isSafeInteger(t) && (t as number) >= 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
