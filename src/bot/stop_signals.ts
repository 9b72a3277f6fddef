import { constants } from "node:os";
import process from "node:process";
import { setTimeout } from "node:timers";
import { isatty } from "node:tty";
import type { Logger } from "../util/log.ts";

// `deno task` passes on the Ctrl-C that the program gets from the terminal too, and a terminal that closes sends SIGHUP
// more than once. In two halves: after a blocked moment a timer that is due comes before a signal that has waited.
const HALF_REPEAT_MS = 250;

/**
 * Aborts `stop` at the first SIGINT (Ctrl-C), SIGTERM, or SIGHUP (the terminal was closed). Another signal within half a
 * second counts as the same one; a later one quits the process at once, with 128 and its number.
 *
 * Without a terminal SIGHUP is ignored: `nohup` asks for that, but Deno and Node forget it at their start.
 */
export function stopOnSignals(stop: AbortController, log: Logger): void {
  const hasTerminal = [0, 1, 2].some((file) => isatty(file));
  let mayQuit = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (signal === "SIGHUP" && !hasTerminal) return;
      if (mayQuit) {
        log.error(`Quit by ${signal} before the end: what is not in OUTBOX_FILE is lost`);
        process.exit(128 + constants.signals[signal]);
      }
      stop.abort();
      setTimeout(() => setTimeout(() => mayQuit = true, HALF_REPEAT_MS).unref(), HALF_REPEAT_MS)
        .unref();
    });
  }
}
