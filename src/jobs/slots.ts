// When a job is due: arithmetic on whole seconds, with no clock in it.
//
// A job with the intervals 60 and 300 has slots at `origin + n * 60` and at `origin + n * 300`, for every whole n. Since
// all its intervals share one origin, the slots of the slow one fall on slots of the fast one.

/**
 * The second from which the slots of a job are counted: its `startTs`, else a hash of its id that lies within the
 * shortest interval. The hash is the same after every restart, and spreads the jobs of a bot over that interval.
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
 * Lists the intervals that have at least one slot later than `after` and not later than `upTo`, ascending and each once.
 *
 * @param intervals Whole seconds above 0.
 * @param origin Whole UNIX seconds.
 * @param after UNIX seconds, may be fractional.
 * @param upTo UNIX seconds, may be fractional.
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

/** The first slot of any of the intervals that is later than `after`, in UNIX seconds. */
export function nextSlot(intervals: readonly number[], origin: number, after: number): number {
  let next = Infinity;
  for (const interval of intervals) {
    next = Math.min(next, slotAtOrBefore(interval, origin, after) + interval);
  }
  return next;
}

/** The last slot of any of the intervals that is not later than `upTo`, in UNIX seconds. */
export function lastSlot(intervals: readonly number[], origin: number, upTo: number): number {
  let last = -Infinity;
  for (const interval of intervals) {
    last = Math.max(last, slotAtOrBefore(interval, origin, upTo));
  }
  return last;
}

// Slots are whole seconds, so rounding down first loses none of them, and the remainder of whole numbers is exact where
// a quotient would be rounded.
function slotAtOrBefore(interval: number, origin: number, time: number): number {
  const second = Math.floor(time);
  const remainder = (second - origin) % interval;
  return second - (remainder < 0 ? remainder + interval : remainder);
}

const encoder = new TextEncoder();

/** FNV-1a with 32 bits: small, and the same everywhere. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
