import type { Timers } from "../util/clock.ts";

/** What a {@linkcode Ticker} needs. */
export interface TickerOptions {
  /** Called about once a second, shortly after the second has begun. */
  readonly tick: () => void;
  /** The time whose seconds count, in milliseconds. */
  readonly now: () => number;
  /** Where timers come from. */
  readonly timers: Timers;
}

const PERIOD = 1000;

// How far into the second a tick should come, in milliseconds: timers can fire 2 ms too early, and a tick before the
// second begins would find the slots of the second before.
const LEAD = 10;

// setInterval drifts by about 50 ms a minute, so that it is put right about once a minute.
const MAX_PHASE = 50;

/** One `setInterval` of a second that is kept on the beginning of the second. It keeps the process alive. */
export class Ticker {
  readonly #options: TickerOptions;
  #interval: unknown;
  #timeout: unknown;
  #running = false;

  /** Makes a ticker that does not tick yet. */
  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /** Starts to tick at the beginning of the next second; does nothing if it is ticking. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#align();
  }

  /** Stops at once; does nothing if it is not ticking. */
  stop(): void {
    this.#running = false;
    this.#clear();
  }

  #align(): void {
    this.#clear();
    const { timers } = this.#options;
    this.#timeout = timers.setTimeout(() => {
      this.#timeout = undefined;
      this.#interval = timers.setInterval(() => this.#tick(), PERIOD);
      this.#tick();
    }, (PERIOD + LEAD - this.#phase()) % PERIOD);
  }

  #tick(): void {
    // Read first: how long the tick takes is no fault of the interval.
    const phase = this.#phase();
    this.#options.tick();
    if (this.#running && phase > MAX_PHASE) this.#align();
  }

  #phase(): number {
    const phase = this.#options.now() % PERIOD;
    return phase < 0 ? phase + PERIOD : phase;
  }

  #clear(): void {
    const { timers } = this.#options;
    if (this.#interval !== undefined) timers.clearInterval(this.#interval);
    if (this.#timeout !== undefined) timers.clearTimeout(this.#timeout);
    this.#interval = this.#timeout = undefined;
  }
}
