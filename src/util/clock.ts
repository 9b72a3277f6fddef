/** The two clocks of a machine. */
export interface Clock {
  /** The wall clock, in milliseconds since 1970. People and NTP set it, in both directions. */
  now(): number;
  /** A clock that nobody sets, in milliseconds since whenever. On most machines it stands still during sleep. */
  monotonic(): number;
}

/** The clocks of the runtime. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
