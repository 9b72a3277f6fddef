import { mock } from "node:test";
import { setImmediate } from "node:timers";
// What a bot loads when it needs it: on a busy machine, minutes of virtual time could pass meanwhile.
import "../src/bot/dry_run_output.ts";
import "../src/bot/explain_output.ts";
import "../src/bot/health_reporter.ts";
import "../src/delivery/store/open_journal.ts";
import "../src/discovery/devices_file.ts";

/**
 * Time that passes only when a test says so: timers, `Date` and `performance.now()`.
 *
 * One at a time, and not together with tests of the same file that need real time.
 */
export class VirtualTime implements Disposable {
  // A whole number, or sums of it were not exact.
  readonly #start = Math.ceil(performance.now());
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
      this.advance(Math.min(left, stepMs) / 1000);
      await settle();
    }
  }

  /** Lets seconds pass at once, for what waits for nothing. */
  advance(seconds: number): void {
    this.#elapsed += seconds * 1000;
    mock.timers.tick(seconds * 1000);
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

/** Replaces `Date.now`, where timers must go on. */
export function replaceNow(now: () => number): Disposable {
  const realNow = Date.now;
  Date.now = now;
  return {
    [Symbol.dispose]() {
      Date.now = realNow;
    },
  };
}
