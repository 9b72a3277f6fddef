import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";

// A larger difference between the two clocks counts as a step. Slewing, rounding and a busy machine stay below it, and
// standing still for this long does no harm.
const TOLERANCE_MS = 1000;

/**
 * A clock that follows the wall clock forward, jumps included, but never back. When the wall clock is set back, it
 * continues at the pace of the monotonic clock; otherwise slots would run twice, or nothing would run until the wall
 * clock has caught up. It then stays ahead of the wall clock until that jumps forward.
 */
export class SchedulerClock {
  /**
   * How far the wall clock was set between the last two readings, in milliseconds: below 0 if back, above 0 if forward (or
   * the machine slept), 0 if it was not set.
   */
  step = 0;
  /** The monotonic clock at the last reading, to the millisecond. */
  monotonic: number;
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  #time: number;
  #wall: number;
  /** When the time last moved, on the monotonic clock. */
  #movedAt: number;
  /** How far the time is ahead of the wall clock, in milliseconds; never below 0. */
  #ahead = 0;

  /** Constructs a new instance that starts at the time of the wall clock. */
  constructor(clock: Pick<Clock, "now" | "monotonic"> = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.#time = this.#wall = clock.now();
    this.#movedAt = this.monotonic = clock.monotonic();
  }

  /** Returns the time to schedule by, in UNIX milliseconds; never earlier than in the previous reading. */
  read(): number {
    const wall = this.#clock.now();
    if (wall === this.#wall) {
      // As it nearly always is from one run to the next. Reading the monotonic clock takes twice as long.
      this.step = 0;
      return this.#time;
    }
    this.#wall = wall;
    const monotonic = this.monotonic = this.#clock.monotonic();
    const expected = this.#time + Math.max(0, monotonic - this.#movedAt);

    const difference = wall + this.#ahead - expected;
    const step = this.step = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
    if (step < 0) this.#ahead = expected - wall;
    else if (step > 0) this.#ahead -= Math.min(this.#ahead, step);

    // Only a step changes how far ahead the time is; jitter just makes it stand still for a moment. The monotonic time
    // is that of the last move, so that many small steps back add up.
    if (wall + this.#ahead > this.#time) {
      this.#time = wall + this.#ahead;
      this.#movedAt = monotonic;
    }
    return this.#time;
  }
}
