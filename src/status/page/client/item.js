/** @import { JobLine, JobLineState, Row } from "../wire.ts" */

/**
 * A row, with what its job does.
 *
 * @typedef {object} Item
 * @property {Row} row
 * @property {JobLine | undefined} line
 * @property {string | undefined} text What the filter searches, in lower case; made when it is needed.
 * @property {string} order The name as it is sorted.
 * @property {string | number | undefined} key What it is sorted by.
 * @property {boolean} isSeen Whether it was sent on this connection.
 */

/** @typedef {JobLineState | "unpolled"} ItemState */

/**
 * @param {Item} item
 * @returns {ItemState}
 */
export function stateOf({ row, line }) {
  return row.job === undefined ? "unpolled" : line?.state ?? "first";
}

/**
 * @param {ItemState} state
 * @returns {string}
 */
export function stateLabel(state) {
  return {
    failing: "Failing",
    problem: "Problem",
    late: "Late",
    unpolled: "Not polled",
    first: "Not run yet",
    running: "Running",
    ok: "OK",
  }[state];
}

/**
 * With it `sw-2` comes before `sw-10`. Comparing such texts is many times as fast as a collator.
 *
 * @param {string} text
 * @returns {string}
 */
export function naturalKey(text) {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}
