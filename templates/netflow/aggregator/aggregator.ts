import { describeError } from "@grafolean/collector";
import {
  type AggregatorState,
  restoreTable,
  restoreTimes,
  windowState,
} from "./aggregator_state.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { MissedTime } from "./missed_time.ts";
import { paced } from "./paced.ts";
import type { Traffic } from "./traffic.ts";
import { type ByDirection, TrafficWindow, WINDOWS } from "./window.ts";

/** Options of an {@linkcode Aggregator}. */
export interface AggregatorOptions {
  /** The memory that all sums may take up. @default 256 MiB */
  readonly memoryBytes?: number;
  /** State from before a restart of the bot. */
  readonly state?: Iterable<AggregatorState>;
}

const MEMORY_BYTES = 256 * 1024 * 1024;

// If no job runs, as when Grafolean has been away since the start.
const MAX_ENDED = 10;

// A clock that is set back by more was wrong, and so were the windows.
const MAX_SET_BACK_MS = 3_600_000;

/**
 * Sums up flows in windows of 1 and 15 minutes, 1, 4 and 24 hours. A flow is added to the 1-minute window only; a window
 * that ends is merged into the next longer one.
 */
export class Aggregator {
  readonly #memoryBytes: number;
  // Each window may use the same part, so that the sums of a day leave enough for the next minutes: one for each length,
  // and one for the minute that is being closed.
  readonly #windowBytes: number;
  #missed = new MissedTime();
  // The 1-minute window that flows are added to.
  #minute: TrafficWindow;
  // 1-minute windows that have ended, but are not closed yet, oldest first.
  #ended: TrafficWindow[] = [];
  // The longer windows, by level. Each begins with the first shorter window that is merged into it.
  #longer: (TrafficWindow | undefined)[] = [];

  /**
   * Constructs a new instance, empty or from the state of another one.
   *
   * @param now The time in milliseconds since 1970.
   * @throws {TypeError} If the state is damaged.
   */
  constructor(now: number, { memoryBytes = MEMORY_BYTES, state = [] }: AggregatorOptions = {}) {
    this.#memoryBytes = memoryBytes;
    this.#windowBytes = memoryBytes / (WINDOWS.length + 1);
    this.#minute = this.#window(0, now);
    const until = this.#restore(state);
    if (this.#windows().some(({ start }) => start > now + MAX_SET_BACK_MS)) {
      throw new TypeError("The sums are from the future: check the clock");
    }
    const latest = this.#ended.at(-1);
    if (latest !== undefined && now < latest.end) this.#minute = this.#ended.pop()!;
    this.#missed.add(until, now);
  }

  /** The memory for the sums. When it is used up, sums get less accurate, but totals stay exact. */
  get memory(): Pick<MemoryBudget, "usedBytes" | "limitReached"> {
    const windows = this.#windows();
    return {
      usedBytes: windows.reduce((sum, { memory }) => sum + memory.usedBytes, 0),
      limitReached: windows.some(({ memory }) => memory.limitReached),
    };
  }

  /** Returns the exporters with traffic in a window that is not closed. */
  exporters(): Set<string> {
    return new Set(this.#windows().flatMap(({ traffic }) => [...traffic.keys()]));
  }

  /** Returns the traffic of an exporter in the minute of `now`, to add a flow to it that has just been received. */
  trafficOf(exporter: string, now: number): ByDirection<Traffic> {
    return this.#minuteAt(now).trafficOf(exporter);
  }

  /** Returns the oldest window that has ended, of these the shortest, until it is closed. */
  nextEnded(now: number): TrafficWindow | undefined {
    const minute = this.#minuteAt(now);
    const [oldest] = this.#ended;
    // A longer window has ended when all of its minutes are in it.
    return this.#longer.find((window) => window && window.end <= (oldest ?? minute).start) ??
      oldest;
  }

  /** Closes a window: merges it into the next longer one, and lets packets be received meanwhile. */
  async close(window: TrafficWindow): Promise<void> {
    if (!this.#windows().includes(window)) return;
    this.#ended = this.#ended.filter((each) => each !== window);
    if (window.level > 0) this.#longer[window.level] = undefined;
    const level = window.level + 1;
    if (level === WINDOWS.length) return;
    const longer = this.#longer[level];
    if (longer === undefined) this.#longer[level] = window.toLonger();
    else for await (const _ of paced(longer.addWindow(window)));
  }

  /**
   * Iterates over the state to keep over a restart. No window may be closed meanwhile.
   *
   * @param last Whether no more flows will be added. Otherwise what was received since the last minute that is closed is
   * left out, as it would change while the state is being written.
   * @param now The time in milliseconds since 1970.
   */
  *stateLines(last: boolean, now: number): Generator<AggregatorState> {
    const until = last ? now : (this.#ended[0] ?? this.#minute).start;
    yield { until, missed: this.#missed.toJSON() };
    for (const window of this.#windows()) {
      if (last || window.level > 0) yield* windowState(window);
    }
  }

  #windows(): TrafficWindow[] {
    return [...this.#ended, this.#minute, ...this.#longer.filter((window) => window !== undefined)];
  }

  #window(level: number, time: number): TrafficWindow {
    return new TrafficWindow(level, time, this.#missed, new MemoryBudget(this.#windowBytes));
  }

  /** Returns the 1-minute window at `now`. If the clock was set back a little, it stays the latest. */
  #minuteAt(now: number): TrafficWindow {
    const { start, end, traffic } = this.#minute;
    if (now < start - MAX_SET_BACK_MS) {
      this.#ended = [];
      this.#longer = [];
      this.#missed = new MissedTime();
      this.#missed.add(0, now);
    } else if (now < end) {
      return this.#minute;
    } else if (traffic.size > 0) {
      this.#ended.push(this.#minute);
    }
    this.#minute = this.#window(0, now);
    // If nobody closes minutes: there must be enough memory for the next one.
    const maxBytes = this.#memoryBytes - this.#windowBytes;
    while (this.#ended.length > MAX_ENDED || this.memory.usedBytes > maxBytes) {
      const dropped = this.#ended.shift()!;
      this.#missed.add(dropped.start, dropped.end);
    }
    return this.#minute;
  }

  /** Restores the windows and returns until when they include flows, 0 if there are none. */
  #restore(state: Iterable<AggregatorState>): number {
    let until = 0;
    try {
      for (const part of state) {
        if ("until" in part) until = restoreTimes(part, this.#missed);
        else restoreTable(part, (level, start) => this.#restoredWindow(level, start));
      }
    } catch (error) {
      throw new TypeError(`The sums are damaged: ${describeError(error)}`, { cause: error });
    }
    this.#ended.sort((a, b) => a.start - b.start);
    return until;
  }

  #restoredWindow(level: number, start: number): TrafficWindow {
    const known = level > 0
      ? this.#longer[level]
      : this.#ended.find((window) => window.start === start);
    const window = known ?? this.#window(level, start);
    if (window.start !== start) throw new TypeError('"start" is not valid');
    if (level > 0) this.#longer[level] = window;
    else if (known === undefined) this.#ended.push(window);
    return window;
  }
}
