import { setImmediate } from "node:timers";

// The end of the last turn must be in the past.
let latest = 0;

/**
 * A clock that only goes on when a test works, and counts how long each turn of the event loop works.
 *
 * One at a time, and not together with tests of the same file that need real time.
 */
export class FakeTurns implements Disposable {
  readonly #realNow = Date.now;
  #now: number;
  #turn = 0;
  #longest = 0;
  #count = 0;
  #isDisposed = false;

  /** Constructs a new instance. */
  constructor() {
    this.#now = latest = Math.max(latest, Date.now()) + 1000;
    Date.now = () => this.#now;
    this.#watch();
  }

  /** Lets the work of this turn take so many milliseconds. */
  work(ms: number): void {
    this.#now = latest = this.#now + ms;
    this.#turn += ms;
    this.#longest = Math.max(this.#longest, this.#turn);
  }

  /** The longest work of a turn since the last call, in milliseconds. */
  longest(): number {
    const longest = this.#longest;
    this.#longest = this.#turn = 0;
    return longest;
  }

  /** How many turns there were. */
  get count(): number {
    return this.#count;
  }

  #watch(): void {
    if (this.#isDisposed) return;
    this.#turn = 0;
    this.#count++;
    setImmediate(() => this.#watch());
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    Date.now = this.#realNow;
  }
}
