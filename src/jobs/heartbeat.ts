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
 * A `setInterval` of one second, which keeps the process alive, and another one for what is due before its next beat: it is
 * left alone as long as the wait stays the same, which costs a third less than a new timeout for each wake. A clock that
 * is set, or a machine that slept, makes a wake late by a second at most.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #beat: unknown;
  #wake: unknown;
  /** How long the second one waits, in milliseconds. */
  #waits = 0;

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
   * Wakes in `ms` milliseconds, or earlier if the wait was as long before, and again after each wait until it is told
   * otherwise. Wakes nobody if a beat comes first.
   */
  wakeIn(ms: number): void {
    const waits = Math.max(0, Math.ceil(ms));
    if (this.#wake !== undefined && waits === this.#waits) return;
    this.#stopWaking();
    if (this.#beat === undefined || waits >= PERIOD_MS) return;
    this.#waits = waits;
    this.#wake = this.#options.clock.setInterval(() => this.#options.wake(), waits);
  }

  #stopWaking(): void {
    if (this.#wake === undefined) return;
    this.#options.clock.clearInterval(this.#wake);
    this.#wake = undefined;
  }
}
