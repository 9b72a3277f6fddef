import { formatDuration, formatNumber } from "../../../web/client/format.js";
import { naturalKey, stateLabel, stateOf } from "./item.js";

/** @import { JobLine, ValueLine } from "../wire.ts" */
/** @import { Item } from "./item.js" */

/**
 * A column of the table.
 *
 * @typedef {object} Column
 * @property {string} name What it is sorted by, and the class of its cells.
 * @property {string} title
 * @property {(item: Item, now: number) => string} text What a cell shows.
 * @property {(item: Item) => string | number | undefined} key What rows are sorted by.
 */

/** @returns {Column[]} */
export function columns() {
  return [
    {
      name: "state",
      title: "State",
      text: (item) => stateLabel(stateOf(item)),
      // A run is no reason to move.
      key: (item) =>
        ["failing", "problem", "late", "unpolled", "first"].indexOf(stateOf(item)) + 1 || 6,
    },
    {
      name: "name",
      title: "Device",
      text: ({ row }) => row.label ? `${row.name} · ${row.label}` : row.name,
      key: ({ order }) => order,
    },
    {
      name: "account",
      title: "Account",
      text: ({ row }) => row.account ?? "",
      key: ({ row }) => row.account === undefined ? undefined : naturalKey(row.account),
    },
    {
      name: "every",
      title: "Every",
      text: ({ row }) => intervalsText(row.intervals),
      key: ({ row }) => row.intervals?.[0],
    },
    {
      name: "next",
      title: "Next run",
      text: ({ line }, now) => nextText(line, now),
      key: ({ line }) => line?.next,
    },
    {
      name: "last",
      title: "Last run",
      text: ({ line }, now) => agoText(line?.last, now),
      key: ({ line }) => line?.last,
    },
    {
      name: "took",
      title: "Took",
      text: ({ line }) => line?.seconds === undefined ? "" : formatDuration(line.seconds),
      key: ({ line }) => line?.seconds,
    },
    {
      name: "values",
      title: "Last values",
      text: ({ line }) => valuesText(line?.values ?? []),
      key: ({ line }) => line?.values[0]?.[0],
    },
    {
      name: "error",
      title: "Problem",
      text: ({ row, line }) => line?.error?.replace(/^Error: /, "") ?? row.reason ?? "",
      key: ({ row, line }) => line?.error ?? row.reason,
    },
    {
      name: "since",
      title: "Failing for",
      text: ({ line }, now) =>
        line?.failingSince === undefined ? "" : ageText(now - line.failingSince),
      key: ({ line }) => line?.failingSince,
    },
  ];
}

/**
 * A time that goes on while one looks: whole seconds.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function ageText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : formatDuration(whole);
}

/**
 * @param {number | undefined} at
 * @param {number} now
 * @returns {string}
 */
export function agoText(at, now) {
  return at === undefined ? "" : `${ageText(now - at)} ago`;
}

/**
 * @param {JobLine | undefined} line
 * @param {number} now
 * @returns {string}
 */
export function nextText(line, now) {
  if (line?.next === undefined) return "";
  if (line.state === "late") return "waiting";
  const seconds = Math.round(line.next - now);
  return seconds > 0 ? `in ${ageText(seconds)}` : "now";
}

/**
 * @param {readonly number[] | undefined} intervals
 * @returns {string}
 */
export function intervalsText(intervals = []) {
  return intervals.map((seconds) => ageText(seconds)).join(", ");
}

/**
 * Leaves out the start of the paths that they have in common.
 *
 * @param {readonly ValueLine[]} values
 * @returns {string}
 */
export function valuesText(values) {
  const paths = values.map(([path]) => path.split("."));
  const [first = []] = paths;
  let common = 0;
  while (paths.every((path) => common < path.length - 1 && path[common] === first[common])) {
    if (++common >= first.length) break;
  }
  return values.map(([, value], index) =>
    `${paths[index]?.slice(common).join(".")}: ${valueText(value)}`
  ).join(" · ");
}

/**
 * @param {number | string} value
 * @returns {string}
 */
export function valueText(value) {
  const number = Number(value);
  return Number.isNaN(number) ? String(value) : formatNumber(number);
}
