// Slewing and rounding stay below it.
const TOLERANCE_S = 1;
// A machine may sleep every night.
const MAX_STEPS = 100;

/**
 * Converts times of the wall clock to what they would be if that clock had never been set since the start, so that ages
 * are right although people and NTP set it. Sleep of the machine does not count either.
 */
export class EvenTime {
  /** From when on, by the wall clock, that clock is how far ahead, in seconds. */
  readonly #steps: { readonly from: number; readonly ahead: number }[] = [];
  #wall: number;
  #monotonic = performance.now();

  /** Constructs a new instance with the current time, in UNIX seconds. */
  constructor(now: number) {
    this.#wall = now;
  }

  /** Notices whether the clock was set. Call it often, with the current time, in UNIX seconds. */
  update(now: number): void {
    const monotonic = performance.now();
    const passed = (monotonic - this.#monotonic) / 1000;
    const step = now - this.#wall - passed;
    this.#wall = now;
    this.#monotonic = monotonic;
    if (Math.abs(step) < TOLERANCE_S) return;
    const { ahead = 0 } = this.#steps.at(-1) ?? {};
    this.#steps.push({ from: now - passed, ahead: ahead + step });
    if (this.#steps.length > MAX_STEPS) this.#steps.shift();
  }

  /** Converts a time, in UNIX seconds. */
  of(time: number): number {
    return time - (this.#steps.findLast(({ from }) => time >= from)?.ahead ?? 0);
  }
}
