// A clock that is behind the latest time by more than this, in milliseconds, was set back. Less is how runtimes round and
// how clocks are corrected.
const SET_BACK_MS = 10;

let latestMs = 0;
let last = 0;

/**
 * Returns the time in microseconds since 1970, never the same twice within the process: of two values of one path with one
 * time, Grafolean stores only the last.
 *
 * Wall clocks count milliseconds, so the microseconds are random. Two processes that send a value of the same path in the
 * same millisecond get the same time in one case of 1,000. So does a process whose clock was set back, which is believed,
 * when it sends a value of the path in the very millisecond in which it has sent one before. Nothing can do better:
 * Grafolean stores microseconds, and the processes may run on different machines.
 *
 * The time is within a millisecond of the clock unless more than 1,000 are asked for within a millisecond.
 *
 * @param now The time in milliseconds since 1970.
 */
export function uniqueTimestamp(now: number = Date.now()): number {
  const ms = Math.floor(now);
  // Not 0: whole milliseconds are the times of others, such as the log of a device.
  const time = ms * 1000 + 1 + Math.floor(Math.random() * 999);
  const wasSetBack = ms < latestMs - SET_BACK_MS;
  last = time > last || wasSetBack ? time : last + 1;
  latestMs = wasSetBack ? ms : Math.max(latestMs, ms);
  return last;
}
