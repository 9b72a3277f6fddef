import { mock } from "node:test";
import { setImmediate } from "node:timers";

/**
 * Time that passes only when a test says so: timers, `Date` and `performance.now()`.
 *
 * One at a time, and not together with tests of the same file that need real time.
 */
export class VirtualTime implements Disposable {
  readonly #start = performance.now();
  readonly #realNow = performance.now;
  #elapsed = 0;
  #slept = 0;

  /** Starts at so many UNIX seconds. */
  constructor(startSeconds: number) {
    mock.timers.enable({
      apis: ["setTimeout", "setInterval", "Date"],
      now: startSeconds * 1000,
    });
    performance.now = () => this.#start + this.#elapsed;
    const now = Date.now;
    Date.now = () => now() + this.#slept;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now();
  }

  /** Lets the machine sleep: the wall clock goes on, and nothing else. */
  sleep(seconds: number): void {
    this.#slept += seconds * 1000;
  }

  /** Lets seconds pass, in steps in which everything that waits for no timer comes to its end. */
  async pass(seconds: number, stepMs = 50): Promise<void> {
    for (let left = Math.round(seconds * 1000); left > 0; left -= stepMs) {
      const ms = Math.min(left, stepMs);
      this.#elapsed += ms;
      mock.timers.tick(ms);
      await settle();
    }
  }

  /** Lets time pass until a promise settles. */
  async until<T>(promise: Promise<T>, mostSeconds = 60): Promise<T> {
    let settled = false;
    const done = () => settled = true;
    promise.then(done, done);
    await settle();
    for (let waited = 0; !settled && waited < mostSeconds; waited += 0.05) await this.pass(0.05);
    if (!settled) throw new Error(`Not settled after ${mostSeconds} s`);
    return await promise;
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
    performance.now = this.#realNow;
  }
}

/** Lets everything go on that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((next) => setImmediate(next));
}
