/** Timers as every runtime has them; handles are of the runtime's own kind. */
export interface Timers {
  /** Calls back once after `ms` milliseconds. */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Forgets a timeout. */
  clearTimeout(handle: unknown): void;
  /** Calls back every `ms` milliseconds. */
  setInterval(callback: () => void, ms: number): unknown;
  /** Forgets an interval. */
  clearInterval(handle: unknown): void;
}

/** The timers of the runtime, looked up at each call so that a test may replace the globals. */
export const SYSTEM_TIMERS: Timers = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as number),
  setInterval: (callback, ms) => setInterval(callback, ms),
  clearInterval: (handle) => clearInterval(handle as number),
};
