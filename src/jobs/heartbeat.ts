import type { Clock } from "../util/clock.ts";

/** Options for {@linkcode Heartbeat}. */
interface HeartbeatOptions {
  /** Called once a second. */
  readonly beat: () => void;
  /** Called at the moments set by {@linkcode Heartbeat.wakeIn}. */
  readonly wake: () => void;
  /** The timers. */
  readonly clock: Omit<Clock, "now" | "monotonic">;
}

const PERIOD_MS = 1000;

/**
 * A `setInterval` of one second, which keeps the process alive, and a timer for what is due before its next beat: a
 * timeout, or, when the wait is as long as the last one, an interval, which costs a third less than a new timeout for each
 * wake. A clock that is set, or a machine that slept, makes a wake late by a second at most.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #beat: unknown;
  #wake: unknown;
  /** How long that waits, in milliseconds. */
  #waits = 0;
  #repeats = false;

  /** Constructs a new instance; {@linkcode start} starts it. */
  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Starts beating; does nothing if already started. */
  start(): void {
    this.#beat ??= this.#options.clock.setInterval(() => this.#options.beat(), PERIOD_MS);
  }

  /** Stops beating and wakes nobody any more; does nothing if not started. */
  stop(): void {
    this.#stopWaking();
    if (this.#beat === undefined) return;
    this.#options.clock.clearInterval(this.#beat);
    this.#beat = undefined;
  }

  /**
   * Wakes in `ms` milliseconds and not when it was told before, or earlier and repeatedly if it waits as long again and again.
   * Wakes nobody if a beat comes first.
   */
  wakeIn(ms: number): void {
    const waits = Math.max(0, Math.ceil(ms));
    const isSame = waits > 0 && waits === this.#waits;
    if (this.#wake !== undefined && this.#repeats && isSame) return;
    this.#stopWaking();
    if (this.#beat === undefined || waits >= PERIOD_MS) return;
    const { clock, wake } = this.#options;
    this.#waits = waits;
    this.#repeats = isSame;
    this.#wake = isSame ? clock.setInterval(wake, waits) : clock.setTimeout(() => {
      this.#wake = undefined;
      wake();
    }, waits);
  }

  #stopWaking(): void {
    if (this.#wake === undefined) return;
    const { clock } = this.#options;
    if (this.#repeats) clock.clearInterval(this.#wake);
    else clock.clearTimeout(this.#wake);
    this.#wake = undefined;
  }
}
