import { MemoryBudget, type MemoryUse } from "./memory_budget.ts";
import { MissedTime } from "./missed_time.ts";
import { paced } from "./paced.ts";
import type { Traffic } from "./traffic.ts";
import {
  type ByDirection,
  DIRECTIONS,
  TrafficWindow,
  WINDOWS,
  type WindowState,
} from "./window.ts";

/** A part of the state of an {@linkcode Aggregator} that is kept over a restart, as plain data. */
export type AggregatorState = WindowState | {
  /** Flows are included up to this time, in milliseconds since 1970. */
  readonly until: number;
  /** When the bot was not listening, in milliseconds since 1970. */
  readonly missed: readonly (readonly [from: number, until: number])[];
};

/** Options of an {@linkcode Aggregator}. */
export interface AggregatorOptions {
  /** The memory that all sums may take up. @default 256 MiB */
  readonly memoryBytes?: number;
  /** State from before a restart of the bot. */
  readonly state?: Iterable<AggregatorState>;
}

const MEMORY_BYTES = 256 * 1024 * 1024;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

// If no job runs, as when Grafolean has been away since the start.
const MAX_ENDED = 10;

/**
 * Sums up flows in windows of 1 and 15 minutes, 1, 4 and 24 hours. A flow is added to the 1-minute window only; a window
 * that ends is merged into the next longer one.
 */
export class Aggregator {
  // By level, as otherwise the sums of a day would leave nothing for the next minutes. Minutes take turns with the last
  // one, as one is being closed while the next one fills.
  readonly #memory: readonly MemoryBudget[];
  readonly #missed = new MissedTime();
  #minute: TrafficWindow;
  // 1-minute windows that have ended, but are not closed yet, oldest first.
  readonly #ended: TrafficWindow[] = [];
  // The longer windows, by level. Each begins with the first shorter window that is merged into it.
  readonly #longer: (TrafficWindow | undefined)[] = [];
  // The window that is being reported or closed.
  #inUse: TrafficWindow | undefined;

  /**
   * Constructs a new instance, empty or from the state of another one.
   *
   * @param now The time in milliseconds since 1970.
   * @throws {TypeError} If the state is damaged.
   */
  constructor(now: number, { memoryBytes = MEMORY_BYTES, state = [] }: AggregatorOptions = {}) {
    const count = WINDOWS.length + 1;
    this.#memory = Array.from({ length: count }, () => new MemoryBudget(memoryBytes / count));
    this.#minute = this.#window(0, now);
    const until = this.#restore(state);
    if (this.#windows().some(({ start }) => start > now + DAY_MS)) {
      throw new TypeError("The sums are from the future: check the clock");
    }
    const latest = this.#ended.at(-1);
    if (latest !== undefined && now < latest.end) this.#minute = this.#ended.pop()!;
    this.#missed.add(until, now);
  }

  /** The memory for the sums. When it is used up, sums get less accurate, but totals stay exact. */
  get memory(): MemoryUse {
    return {
      usedBytes: this.#memory.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
      limitReached: this.#memory.some(({ limitReached }) => limitReached),
    };
  }

  /** Returns the exporters with traffic in a window that is not closed. */
  exporters(): Set<string> {
    return new Set(this.#windows().flatMap((window) => window.exporters()));
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
    const [longer] = this.#longer
      .filter((window) => window !== undefined && window.end <= (oldest ?? minute).start)
      .sort((a, b) => a!.end - b!.end);
    return this.#inUse = longer ?? oldest;
  }

  /** Closes a window: merges it into the next longer one, and lets packets be received meanwhile. */
  async close(window: TrafficWindow): Promise<void> {
    if (!this.#windows().includes(window)) return;
    const level = window.level + 1;
    if (level < WINDOWS.length) {
      const longer = this.#longer[level] ??= this.#window(level, window.start);
      for await (const _ of paced(longer.take(window)));
    }
    this.#remove(window);
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
      if (last || window.level > 0) yield* window.state();
    }
  }

  #windows(): TrafficWindow[] {
    return [...this.#ended, this.#minute, ...this.#longer.filter((window) => window !== undefined)];
  }

  #window(level: number, time: number): TrafficWindow {
    const isOddMinute = level === 0 && Math.floor(time / MINUTE_MS) % 2 === 1;
    const memory = this.#memory[isOddMinute ? WINDOWS.length : level]!;
    return new TrafficWindow(level, time, { memory, missed: this.#missed });
  }

  /** Returns the 1-minute window at `now`. If the clock was set back, it stays the latest. */
  #minuteAt(now: number): TrafficWindow {
    if (now < this.#minute.end) return this.#minute;
    if (this.#minute.exporters().length > 0) this.#ended.push(this.#minute);
    this.#minute = this.#window(0, now);
    if (this.#ended.length > MAX_ENDED) {
      const dropped = this.#ended.find((window) => window !== this.#inUse)!;
      this.#missed.add(dropped.start, dropped.end);
      this.#remove(dropped);
    }
    return this.#minute;
  }

  #remove(window: TrafficWindow): void {
    window.clear();
    if (window.level > 0) this.#longer[window.level] = undefined;
    else this.#ended.splice(this.#ended.indexOf(window), 1);
  }

  /** Restores the windows and returns up to when they include flows, 0 if there are none. */
  #restore(state: Iterable<AggregatorState>): number {
    let until = 0;
    for (const part of state) {
      try {
        if ("until" in part) {
          until = time(part.until);
          for (const [from, until] of part.missed) this.#missed.add(time(from), time(until));
        } else {
          this.#restorePart(part);
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : error;
        throw new TypeError(`The sums are damaged: ${reason}`, { cause: error });
      }
    }
    this.#ended.sort((a, b) => a.start - b.start);
    return until;
  }

  #restorePart({ window: label, start, exporter, direction, ...part }: WindowState): void {
    const level = WINDOWS.findIndex((each) => each.label === label);
    if (level < 0) throw new TypeError(`"${label}" is no length of a window`);
    const window = this.#restoredWindow(level, time(start));
    if (typeof exporter !== "string") throw new TypeError("expected the address of an exporter");
    if (!DIRECTIONS.includes(direction)) throw new TypeError(`"${direction}" is no direction`);
    window.trafficOf(exporter)[direction].restore(part);
  }

  #restoredWindow(level: number, start: number): TrafficWindow {
    const known = level > 0
      ? this.#longer[level]
      : this.#ended.find((window) => window.start === start);
    const window = known ?? this.#window(level, start);
    if (window.start !== start) throw new TypeError("two windows are open at a time");
    if (level > 0) this.#longer[level] = window;
    else if (known === undefined) this.#ended.push(window);
    return window;
  }
}

function time(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`expected a time instead of ${JSON.stringify(value)}`);
}
