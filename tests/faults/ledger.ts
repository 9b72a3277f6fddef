import type { Sandbox } from "../../src/testing/mod.ts";

/** One accepted value, and between which times it was accepted, in milliseconds. */
export interface Accepted {
  readonly accountId: number;
  readonly p: string;
  readonly v: number;
  readonly from: number;
  readonly to: number;
}

/** How the values ended. */
interface Outcome {
  accepted: number;
  stored: number;
  lost: number;
  doubled: number;
  wrongTime: number;
  reordered: number;
}

// A fresh value gets the time of the backend; older ones must not.
const FRESH_MS = 2000;
// A clock counts milliseconds, and a time moves a little so that no other value has the same.
const CLOCK_MS = 2;
// The longest request on a busy machine.
const TRAVEL_MS = 10_000;

/**
 * Compares the accepted values with the stored ones. Values must be unique, and ascending per path.
 *
 * @param isLost Whether a missing value counts as lost; some are not expected to arrive.
 */
export function compare(
  accepted: readonly Accepted[],
  sandbox: Sandbox,
  isLost: (value: Accepted) => boolean = () => true,
): Outcome {
  const expected = new Map(
    accepted.map((value) => [`${value.accountId} ${value.p} ${value.v}`, value]),
  );
  const result: Outcome = {
    accepted: accepted.length,
    stored: 0,
    lost: 0,
    doubled: 0,
    wrongTime: 0,
    reordered: 0,
  };
  const found = new Set<string>();
  const last = new Map<string, number>();
  for (const { accountId, p, v, t, method } of sandbox.values()) {
    const key = `${accountId} ${p} ${v}`;
    const value = expected.get(key);
    if (value === undefined) continue;
    if (found.has(key)) {
      result.doubled++;
      continue;
    }
    found.add(key);
    result.stored++;
    const latest = method === "PUT" ? value.to : value.to + FRESH_MS + TRAVEL_MS;
    if (t * 1000 < value.from - CLOCK_MS || t * 1000 > latest + CLOCK_MS) result.wrongTime++;
    const path = `${accountId} ${p}`;
    if ((last.get(path) ?? -Infinity) > v) result.reordered++;
    last.set(path, v);
  }
  result.lost = [...expected].filter(([key, value]) => !found.has(key) && isLost(value)).length;
  return result;
}

/** Formats rows as a table of aligned columns. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => `${row[name]}`))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
    )
      .join("  ")
  ).join("\n");
}
