/**
 * Whether log lines are coloured.
 *
 * @module
 */

import process from "node:process";

/** Whether standard error is a terminal, and `NO_COLOR` is not set. Where Deno does not let us look, it counts as set. */
export function wantsColor(): boolean {
  if (process.stderr.isTTY !== true) return false;
  try {
    return !process.env["NO_COLOR"];
  } catch {
    return false;
  }
}
