/** The clocks and timers of a machine. */
export interface Clock {
  /** Returns the wall-clock time in milliseconds since 1970. People and NTP set this clock, in both directions. */
  now(): number;
  /**
   * Returns the milliseconds since an arbitrary moment, by a clock that nobody sets. On most machines it stands still
   * during sleep.
   */
  monotonic(): number;
  /** Calls back once, after `ms` milliseconds. Returns a handle of the runtime's own type. */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Cancels a timeout. */
  clearTimeout(handle: unknown): void;
  /** Calls back every `ms` milliseconds. Returns a handle of the runtime's own type. */
  setInterval(callback: () => void, ms: number): unknown;
  /** Cancels an interval. */
  clearInterval(handle: unknown): void;
}

/** The clocks and timers of the runtime, looked up at each call so that a test may replace the globals. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as number),
  setInterval: (callback, ms) => setInterval(callback, ms),
  clearInterval: (handle) => clearInterval(handle as number),
};
