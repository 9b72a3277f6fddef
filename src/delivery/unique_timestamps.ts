// A clock that is behind the latest time by more than this, in microseconds, was set back.
const SET_BACK = 100_000;

let latest = 0;

/**
 * Returns the time in microseconds since 1970, never the same twice within the process: of two values of one path with one
 * time, Grafolean stores only the last.
 *
 * Wall clocks count milliseconds; the microseconds are random, so two processes, or one whose clock was set back, that
 * send a value of the same path in the same millisecond get the same time in one case of 1,000.
 *
 * @param now The time in milliseconds since 1970.
 */
export function uniqueTimestamp(now: number = Date.now()): number {
  // Not 0: whole milliseconds are the times of others, such as the log of a device.
  const time = Math.floor(now) * 1000 + 1 + Math.floor(Math.random() * 999);
  if (time > latest || time < latest - SET_BACK) latest = time;
  else latest += latest % 1000 === 999 ? 2 : 1;
  return latest;
}
