import type { Logger } from "./log.ts";

/**
 * Shows how far long work is until it ends. Costs nothing but a timer: the work is asked, and reports nothing itself.
 *
 * @param work The work.
 * @param describe Returns how far it is, such as `"Running jobs: 3 of 40"`, in ASCII without control characters;
 * `undefined` if there is nothing to show now.
 * @param deadline When it ends at the latest, in milliseconds of `performance.now()`, if that is known.
 * @returns The result of the work.
 */
export type ShowProgress = <T>(
  work: Promise<T>,
  describe: () => string | undefined,
  deadline?: number,
) => Promise<T>;

const LOG_INTERVAL_MS = 10_000;

// While nothing moves.
const QUIET_INTERVALS = 6;

/** Returns what logs the progress at level info: every 10 s if something has moved, and every minute. */
export function progressLog(log: Logger): ShowProgress {
  return async (work, describe, deadline) => {
    const start = performance.now();
    let logged: string | undefined;
    let quiet = 0;
    const timer = setInterval(() => {
      const text = describe();
      if (text === undefined || (text === logged && ++quiet < QUIET_INTERVALS)) return;
      logged = text;
      quiet = 0;
      log.info(withTime(text, start, deadline));
    }, LOG_INTERVAL_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  };
}

/** Adds to a description how much time is left until the deadline, or without one, how much has passed. */
export function withTime(text: string, start: number, deadline: number | undefined): string {
  const now = performance.now();
  return deadline === undefined
    ? `${text} (${Math.round((now - start) / 1000)} s)`
    : `${text}, ${Math.max(0, Math.ceil((deadline - now) / 1000))} s left`;
}
