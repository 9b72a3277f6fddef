import type { Clock } from "../util/clock.ts";

// A larger difference between the two clocks counts as a step. Slewing, rounding and a busy machine stay below it, and
// standing still for this long does no harm.
const TOLERANCE_MS = 1000;

/**
 * A clock that follows the wall clock forward, jumps included, but never back. When the wall clock is set back, it
 * continues at the pace of the monotonic clock; otherwise slots would run twice, or nothing would run until the wall
 * clock has caught up. It then stays ahead of the wall clock until that jumps forward.
 */
export class SchedulerClock {
  /** The monotonic clock at the last reading, to the millisecond. */
  monotonic: number;
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  readonly #onSetBack: (ms: number) => void;
  #time: number;
  #wall: number;
  /** When the time last moved, on the monotonic clock. */
  #movedAt: number;
  /** How far the time is ahead of the wall clock, in milliseconds; never below 0. */
  #ahead = 0;

  /**
   * Constructs a new instance that starts at the time of the wall clock.
   *
   * @param onSetBack Called by {@linkcode read} if the wall clock was set back, with milliseconds.
   */
  constructor(clock: Pick<Clock, "now" | "monotonic">, onSetBack: (ms: number) => void) {
    this.#clock = clock;
    this.#onSetBack = onSetBack;
    this.#time = this.#wall = clock.now();
    this.#movedAt = this.monotonic = clock.monotonic();
  }

  /** Returns when the wall clock will show that a time to schedule by has come, in UNIX milliseconds. */
  wallTimeOf(time: number): number {
    return time - this.#ahead;
  }

  /** Returns the time to schedule by, in UNIX milliseconds; never earlier than in the previous reading. */
  read(): number {
    const wall = this.#clock.now();
    // As it nearly always is from one run to the next. Reading the monotonic clock takes twice as long.
    if (wall === this.#wall) return this.#time;
    this.#wall = wall;
    const monotonic = this.monotonic = this.#clock.monotonic();
    const expected = this.#time + Math.max(0, monotonic - this.#movedAt);

    const difference = wall + this.#ahead - expected;
    if (difference < -TOLERANCE_MS) {
      this.#ahead = expected - wall;
      this.#onSetBack(-difference);
    } else if (difference > TOLERANCE_MS) this.#ahead -= Math.min(this.#ahead, difference);

    // Only a step changes how far ahead the time is; jitter just makes it stand still for a moment. The monotonic time
    // is that of the last move, so that many small steps back add up.
    if (wall + this.#ahead > this.#time) {
      this.#time = wall + this.#ahead;
      this.#movedAt = monotonic;
    }
    return this.#time;
  }
}
