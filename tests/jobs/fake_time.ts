import { setImmediate } from "node:timers";
import type { Clock } from "../../src/util/clock.ts";

interface Timer {
  at: number;
  readonly period: number | undefined;
  readonly callback: () => void;
}

/** Lets everything go on that waits for no timer. */
export async function flush(): Promise<void> {
  // What the first turn of the event loop has resolved goes on before the end of the second.
  for (let n = 0; n < 2; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

const { now } = Date;
const monotonicNow = performance.now;
Deno.test.afterEach(() => {
  Date.now = now;
  performance.now = monotonicNow;
});

/**
 * Clocks and timers that only move when a test moves them. Until the end of the test, the global clocks are these too; the
 * global timers are not.
 */
export class FakeTime implements Clock {
  #wall: number;
  #monotonic = 5_000;
  #nextId = 1;
  readonly #timers = new Map<number, Timer>();

  /** Constructs a new instance that starts at `startSeconds`, in UNIX seconds. */
  constructor(startSeconds: number) {
    this.#wall = startSeconds * 1000;
    Date.now = () => this.#wall;
    performance.now = () => this.#monotonic;
  }

  /** The number of active timers. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Sets the wall clock forward or, below 0, back. */
  step(seconds: number): void {
    this.#wall += seconds * 1000;
  }

  /** Lets time pass without firing timers, as when the program is blocked. */
  hold(seconds: number): void {
    this.#wall += seconds * 1000;
    this.#monotonic += seconds * 1000;
  }

  /** Lets time pass and fires the timers that are due. */
  async advance(seconds: number): Promise<void> {
    const end = this.#monotonic + seconds * 1000;
    for (;;) {
      await flush();
      const [id, timer] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (id === undefined || timer === undefined || timer.at > end) break;
      const wait = Math.max(0, timer.at - this.#monotonic);
      this.#wall += wait;
      this.#monotonic += wait;
      if (timer.period === undefined) this.#timers.delete(id);
      else timer.at = this.#monotonic + timer.period;
      timer.callback();
    }
    this.#wall += end - this.#monotonic;
    this.#monotonic = end;
    await flush();
  }

  setTimeout(callback: () => void, ms: number): unknown {
    return this.#set({ at: this.#monotonic + ms, period: undefined, callback });
  }

  setInterval(callback: () => void, ms: number): unknown {
    return this.#set({ at: this.#monotonic + ms, period: ms, callback });
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  clearInterval(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  #set(timer: Timer): number {
    this.#timers.set(this.#nextId, timer);
    return this.#nextId++;
  }
}
