// When a job is due: pure arithmetic on whole seconds.
//
// A job with the intervals 60 and 300 has slots at `origin + n * 60` and at `origin + n * 300`, for every whole n. All
// intervals share one origin, so that the slots of the slow one coincide with slots of the fast one.

/**
 * Returns the origin of a job's slots: its `startTs`, or else a hash of its id within the shortest interval. The hash
 * survives restarts, and spreads the jobs of a bot over that interval.
 *
 * @returns Whole UNIX seconds.
 */
export function slotOrigin(
  job: {
    readonly jobId: string;
    readonly intervals: readonly number[];
    readonly startTs?: number | undefined;
  },
): number {
  if (job.startTs !== undefined) return Math.floor(job.startTs);
  return fnv1a(job.jobId) % Math.min(...job.intervals);
}

/**
 * Returns the distinct intervals with at least one slot later than `after` and not later than `upTo`, ascending.
 *
 * @param intervals Whole seconds above 0.
 * @param origin Whole UNIX seconds.
 * @param after UNIX seconds, possibly fractional.
 * @param upTo UNIX seconds, possibly fractional.
 */
export function affectingIntervals(
  intervals: readonly number[],
  origin: number,
  after: number,
  upTo: number,
): number[] {
  const affecting = new Set<number>();
  for (const interval of intervals) {
    if (slotAtOrBefore(interval, origin, upTo) > after) affecting.add(interval);
  }
  return [...affecting].sort((a, b) => a - b);
}

/** Returns the first slot of any interval later than `after`, in UNIX seconds. */
export function nextSlot(intervals: readonly number[], origin: number, after: number): number {
  let next = Infinity;
  for (const interval of intervals) {
    next = Math.min(next, slotAtOrBefore(interval, origin, after) + interval);
  }
  return next;
}

/** Returns the last slot of any interval not later than `upTo`, in UNIX seconds. */
export function lastSlot(intervals: readonly number[], origin: number, upTo: number): number {
  let last = -Infinity;
  for (const interval of intervals) {
    last = Math.max(last, slotAtOrBefore(interval, origin, upTo));
  }
  return last;
}

// Slots are whole seconds, so rounding down loses none. The remainder of whole numbers is exact, unlike a quotient.
function slotAtOrBefore(interval: number, origin: number, time: number): number {
  const second = Math.floor(time);
  const remainder = (second - origin) % interval;
  return second - (remainder < 0 ? remainder + interval : remainder);
}

const encoder = new TextEncoder();

// 32-bit FNV-1a: small, and the same on every runtime.
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
