import type { Clock } from "../util/clock.ts";

/** Options for {@linkcode Heartbeat}. */
interface HeartbeatOptions {
  /** Called once a second. */
  readonly beat: () => void;
  /** Called at the moment set by {@linkcode Heartbeat.wakeIn}. */
  readonly wake: () => void;
  /** The timers. */
  readonly clock: Omit<Clock, "now" | "monotonic">;
}

const PERIOD_MS = 1000;

/**
 * A `setInterval` of one second, which keeps the process alive, and one timeout for what is due before its next beat. A
 * clock that is set, or a machine that slept, delays it by a second at most.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #interval: unknown;
  #timeout: unknown;

  /** Constructs a new instance; {@linkcode start} starts it. */
  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Starts beating; does nothing if already started. */
  start(): void {
    this.#interval ??= this.#options.clock.setInterval(() => this.#options.beat(), PERIOD_MS);
  }

  /** Stops beating and wakes nobody any more; does nothing if not started. */
  stop(): void {
    this.#cancelWake();
    if (this.#interval === undefined) return;
    this.#options.clock.clearInterval(this.#interval);
    this.#interval = undefined;
  }

  /** Replaces the moment of the next wake: in `ms` milliseconds, or not at all if a beat comes first. */
  wakeIn(ms: number): void {
    this.#cancelWake();
    if (this.#interval === undefined || ms >= PERIOD_MS) return;
    this.#timeout = this.#options.clock.setTimeout(() => {
      this.#timeout = undefined;
      this.#options.wake();
    }, Math.max(0, Math.ceil(ms)));
  }

  #cancelWake(): void {
    if (this.#timeout === undefined) return;
    this.#options.clock.clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }
}
