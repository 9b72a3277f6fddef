import type { Clock } from "../util/clock.ts";

/** Options for {@linkcode Ticker}. */
interface TickerOptions {
  /** Called about once a second, shortly after the second begins. */
  readonly tick: () => void;
  /** The time to align to, in milliseconds. */
  readonly now: () => number;
  /** The timers. */
  readonly clock: Omit<Clock, "now" | "monotonic">;
}

const PERIOD_MS = 1000;

// Timers can fire 2 ms early, and a tick before the second begins would find the slots of the previous second.
const LEAD_MS = 10;

// setInterval drifts by about 50 ms a minute, so it is realigned about once a minute.
const MAX_PHASE_MS = 50;

/** A `setInterval` of one second, kept aligned to the beginning of the second. It keeps the process alive. */
export class Ticker {
  readonly #options: TickerOptions;
  #interval: unknown;
  #timeout: unknown;
  #running = false;

  /** Constructs a new instance; {@linkcode start} starts it. */
  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /** Starts ticking at the beginning of the next second; does nothing if already started. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#align();
  }

  /** Stops ticking; does nothing if not started. */
  stop(): void {
    this.#running = false;
    this.#clear();
  }

  #align(): void {
    this.#clear();
    const { clock } = this.#options;
    this.#timeout = clock.setTimeout(() => {
      this.#timeout = undefined;
      this.#interval = clock.setInterval(() => this.#tick(), PERIOD_MS);
      this.#tick();
    }, (PERIOD_MS + LEAD_MS - this.#phase()) % PERIOD_MS);
  }

  #tick(): void {
    // Read before the tick, whose duration is not drift.
    const phase = this.#phase();
    this.#options.tick();
    if (this.#running && phase > MAX_PHASE_MS) this.#align();
  }

  #phase(): number {
    const phase = this.#options.now() % PERIOD_MS;
    return phase < 0 ? phase + PERIOD_MS : phase;
  }

  #clear(): void {
    const { clock } = this.#options;
    if (this.#interval !== undefined) clock.clearInterval(this.#interval);
    if (this.#timeout !== undefined) clock.clearTimeout(this.#timeout);
    this.#interval = this.#timeout = undefined;
  }
}
