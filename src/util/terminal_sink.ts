import process from "node:process";
import { consoleSink } from "./console_sink.ts";
import type { LogFormat, LogSink } from "./log.ts";

/** Returns a {@linkcode consoleSink} that colors the level if standard error is a terminal and `NO_COLOR` is not set. */
export function terminalSink(format: LogFormat = "text"): LogSink {
  return consoleSink({ format, color: wantsColor() });
}

/** Without permission to read it, `NO_COLOR` counts as set. */
function wantsColor(): boolean {
  if (process.stderr.isTTY !== true) return false;
  try {
    return !process.env["NO_COLOR"];
  } catch {
    return false;
  }
}
