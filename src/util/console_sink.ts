// The library's only way to the console.
// deno-lint-ignore-file no-console

import { escapeControls, toJsonLine } from "./escape_controls.ts";
import { jobLabel } from "./job_label.ts";
import type { LogFormat, LogLevel, LogRecord, LogSink } from "./log.ts";

const COLORS: Readonly<Record<LogLevel, string>> = {
  debug: "\x1b[90m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};
const RESET = "\x1b[0m";

interface ConsoleSinkOptions {
  /** Lines for people, or JSON with the fields `time`, `level`, `message`, and those of the job. @default "text" */
  readonly format?: LogFormat;
  /** Whether to color the level of a text. @default false */
  readonly color?: boolean;
  /** Writes one line. @default console.error, which leaves standard output to the bot */
  readonly write?: (line: string) => void;
}

/** Returns a sink that writes one line per record: time, level, job, message. */
export function consoleSink(options: ConsoleSinkOptions = {}): LogSink {
  const { format = "text", color = false, write = (line) => console.error(line) } = options;
  return (record) => write(format === "json" ? recordAsJson(record) : recordAsText(record, color));
}

/** Named, and in this order, as most that read logs expect it. Undefined fields are not part of the JSON. */
function recordAsJson({ time, level, message, jobId, jobName }: LogRecord): string {
  return toJsonLine({ time, level, message, jobId, jobName });
}

function recordAsText({ time, level, jobId, jobName, message }: LogRecord, color: boolean): string {
  const name = level.toUpperCase().padEnd(5);
  const shown = color ? COLORS[level] + name + RESET : name;
  const job = jobId === undefined ? "" : `[${escapeControls(jobLabel({ jobId, name: jobName }))}] `;
  return `${time.toISOString()} ${shown} ${job}${escapeControls(message)}`;
}
