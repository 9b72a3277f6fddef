import { type Clock, SYSTEM_CLOCK } from "../util/clock.ts";

/** What {@linkcode SteadyClock.read} found. */
export interface ClockReading {
  /** The time to schedule by, in milliseconds since 1970; never earlier than that of the reading before. */
  readonly time: number;
  /**
   * How far the wall clock was set since the reading before, in milliseconds: below 0 when back, above 0 when forward
   * (or when the machine slept), 0 when it went its way.
   */
  readonly step: number;
}

// What two clocks may differ by, in milliseconds, before it counts as a step: slewing, rounding and a busy machine stay
// below it, and standing still for this long does no harm.
const TOLERANCE = 1000;

/**
 * Follows the wall clock as long as that goes forward, by jumps too. When the wall clock is set back, time goes on from
 * where it was at the pace of the monotonic clock: otherwise either slots would come twice, or nothing would run until
 * the wall clock has made up. From then on it is ahead of the wall clock, until that jumps forward again.
 */
export class SteadyClock {
  readonly #clock: Clock;
  #time: number;
  /** When the steady time moved last, by the monotonic clock. */
  #monotonic: number;
  /** How far the steady time is ahead of the wall clock, in milliseconds; never below 0. */
  #ahead = 0;

  /** Starts at the wall clock's time. */
  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.#time = clock.now();
    this.#monotonic = clock.monotonic();
  }

  /** Reads both clocks. */
  read(): ClockReading {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const expected = this.#time + Math.max(0, monotonic - this.#monotonic);

    const difference = wall + this.#ahead - expected;
    const step = Math.abs(difference) > TOLERANCE ? difference : 0;
    if (step < 0) this.#ahead = expected - wall;
    else if (step > 0) this.#ahead -= Math.min(this.#ahead, step);

    // Only a step changes how far ahead we are: jitter makes the time stand still for a moment, and adds nothing to it.
    // The monotonic time is that of the last move, so that many small steps back add up.
    if (wall + this.#ahead > this.#time) {
      this.#time = wall + this.#ahead;
      this.#monotonic = monotonic;
    }
    return { time: this.#time, step };
  }
}
