// When a job is due: pure arithmetic on whole milliseconds.
//
// A job with the intervals 60 and 300 has slots at `origin + n * 60_000` and at `origin + n * 300_000`, for every whole n.
// All intervals share one origin, so that the slots of the slow one coincide with slots of the fast one. Intervals are in
// seconds, all times in UNIX milliseconds.

// A new job runs within this time, in seconds.
const FIRST_RUN_WITHIN = 60;

/**
 * Returns the origin of a job's slots: its `startTs`, or else a hash of its id. The hash is not reduced to an interval, so
 * that the slots depend on nothing else: a change of the intervals, a restart or another machine does not move them.
 *
 * @returns Whole milliseconds.
 */
export function slotOrigin(
  { jobId, startTs }: { readonly jobId: string; readonly startTs?: number | undefined },
): number {
  return startTs === undefined ? hash(jobId) : Math.floor(startTs * 1000);
}

/**
 * Returns the intervals with at least one slot later than `after` and not later than `upTo`.
 *
 * @param intervals Whole seconds above 0, distinct and ascending, as is the result.
 */
export function affectingIntervals(
  intervals: readonly number[],
  origin: number,
  after: number,
  upTo: number,
): number[] {
  const isAffecting = (interval: number) => slotAtOrBefore(interval, origin, upTo) > after;
  // Nearly always all of them: a filter reserves room for 17.
  return intervals.every(isAffecting) ? intervals.slice() : intervals.filter(isAffecting);
}

/** Returns the first slot of any interval later than `after`. */
export function nextSlot(intervals: readonly number[], origin: number, after: number): number {
  let next = Infinity;
  for (const interval of intervals) {
    next = Math.min(next, slotAtOrBefore(interval, origin, after) + interval * 1000);
  }
  return next;
}

/** Returns the last slot of any interval not later than `upTo`. */
export function lastSlot(intervals: readonly number[], origin: number, upTo: number): number {
  let last = -Infinity;
  for (const interval of intervals) {
    last = Math.max(last, slotAtOrBefore(interval, origin, upTo));
  }
  return last;
}

/**
 * Returns the intervals that give a job its first run: its own, and one of a minute. Both have the same origin, so that the
 * first runs of a thousand new jobs are spread over that minute.
 */
export function firstRunIntervals(intervals: readonly number[]): readonly number[] {
  return [FIRST_RUN_WITHIN, ...intervals];
}

// Slots are whole milliseconds, so rounding down loses none. Whole numbers far below 2 ** 53 have no quotient that is rounded
// up to a whole number.
function slotAtOrBefore(interval: number, origin: number, time: number): number {
  const period = interval * 1000;
  return origin + Math.floor((Math.floor(time) - origin) / period) * period;
}

// 32-bit FNV-1a, and the finalizer of MurmurHash3, without which ids such as "7/1", "7/2", … are spread unevenly over an
// hour: small, and the same on every runtime.
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
