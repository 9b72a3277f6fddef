// This file is where everything the library says leaves the program.
// deno-lint-ignore-file no-console

import process from "node:process";
import type { LogLevel, LogRecord, LogSink } from "./log.ts";
import { oneLine } from "./one_line.ts";

const COLORS: Readonly<Record<LogLevel, string>> = {
  debug: "\x1b[90m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};
const RESET = "\x1b[0m";

/** What a {@linkcode consoleSink} can be told. */
export interface ConsoleSinkOptions {
  /** Whether the level is coloured. @default false */
  readonly color?: boolean;
  /** Takes the lines. @default console.error, so that standard output is left to the bot */
  readonly write?: (line: string) => void;
}

/** Makes a sink that writes one line per record: time, level, job id, message. */
export function consoleSink(options: ConsoleSinkOptions = {}): LogSink {
  const { color = false, write = (line) => console.error(line) } = options;
  return (record) => write(formatRecord(record, color));
}

/** Formats a record as one line. */
export function formatRecord({ time, level, jobId, message }: LogRecord, color: boolean): string {
  const name = level.toUpperCase().padEnd(5);
  const shown = color ? COLORS[level] + name + RESET : name;
  const job = jobId === undefined ? "" : `[${oneLine(jobId)}] `;
  return `${time.toISOString()} ${shown} ${job}${oneLine(message)}`;
}

/** Whether standard error is a terminal, and `NO_COLOR` is not set. Where Deno does not let us look, it counts as set. */
export function wantsColor(): boolean {
  if (process.stderr.isTTY !== true) return false;
  try {
    return !process.env["NO_COLOR"];
  } catch {
    return false;
  }
}
