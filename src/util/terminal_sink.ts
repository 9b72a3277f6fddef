import process from "node:process";
import { consoleSink } from "./console_sink.ts";
import type { LogFormat, LogSink } from "./log.ts";
import { isDumbTerminal, type TerminalLine } from "./terminal_line.ts";

interface TerminalSinkOptions {
  /** The format. @default "text" */
  readonly format?: LogFormat;
  /** What the records are printed above. @default nothing */
  readonly line?: TerminalLine;
}

/** Returns a {@linkcode consoleSink} that colors the level if standard error is a terminal that can and `NO_COLOR` is not set. */
export function terminalSink({ format = "text", line }: TerminalSinkOptions = {}): LogSink {
  const sink = consoleSink({ format, color: wantsColor() });
  return line === undefined ? sink : (record) => line.above(() => sink(record));
}

/** Without permission to read it, `NO_COLOR` counts as set. */
function wantsColor(): boolean {
  if (process.stderr.isTTY !== true) return false;
  try {
    return !process.env["NO_COLOR"] && !isDumbTerminal();
  } catch {
    return false;
  }
}
