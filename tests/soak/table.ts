import type { Sample } from "./bot.ts";

/** What the bot and the world know at a moment. */
export type Measured = Sample & {
  readonly fds: number;
  readonly stored: number;
  readonly requests: number;
};

/** A column of the table: its title, its width, and what it shows of a sample and the one in the line before. */
type Column = readonly [
  title: string,
  width: number,
  show: (now: Measured, before: Measured | undefined) => string | number,
];

const columns: readonly Column[] = [
  ["local time", 11, ({ at }) => localTime(at)],
  ["RSS MiB", 8, ({ rss }) => mib(rss)],
  ["heap MiB", 9, ({ heap }) => mib(heap)],
  ["files", 6, ({ fds }) => fds],
  ["timers", 7, ({ timers }) => timers],
  ["late p50", 9, ({ late }) => seconds(late.p50)],
  ["p99", 6, ({ late }) => seconds(late.p99)],
  ["max", 6, ({ late }) => seconds(late.max)],
  ["runs", 7, since(({ runs }) => runs)],
  ["collected", 10, since(({ collected }) => collected)],
  ["stored", 7, since(({ stored }) => stored)],
  ["waiting", 8, ({ stats }) => stats.values.waiting],
  ["refreshes", 10, since(({ refreshes }) => refreshes)],
  ["requests", 9, since(({ requests }) => requests)],
  ["problems", 9, ({ stats }) => stats.problems.length],
  ["log", 5, since(({ logLines }) => logLines)],
];

/** The titles of the columns. */
export const HEADER: string = `${
  columns.map(([title, width]) => title.padStart(width)).join("")
}  what happened`;

/** A line about what was measured, and what was done since the line before. */
export function row(now: Measured, before?: Measured): string {
  return columns.map(([, width, show]) => `${show(now, before)}`.padStart(width)).join("");
}

/** How much a count has grown since the last line. */
function since(count: (sample: Measured) => number): Column[2] {
  return (now, before) => count(now) - (before === undefined ? 0 : count(before));
}

/** The day, the time, and how far it is ahead of UTC, such as `25 02:58+2`. */
function localTime(at: number): string {
  const date = new Date(at);
  const two = (number: number) => `${number}`.padStart(2, "0");
  return `${date.getDate()} ${two(date.getHours())}:${two(date.getMinutes())}+${
    -date.getTimezoneOffset() / 60
  }`;
}

/** Bytes in MiB. */
export function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** Milliseconds in seconds. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
