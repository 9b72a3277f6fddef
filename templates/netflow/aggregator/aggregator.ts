import type { Flow } from "../decoder/flow.ts";
import type { TrafficReport } from "./traffic.ts";
import { type ByDirection, type ClosedWindow, TrafficWindow, WINDOWS } from "./window.ts";

/** The part of an {@linkcode Aggregator} that is kept over a restart of the bot. */
export interface AggregatorState {
  /** Flows are included up to this time, in milliseconds since 1970. */
  readonly until: number;
  /** The open windows, in the order of {@linkcode WINDOWS}. */
  readonly windows: readonly TrafficWindow[];
  /** The closed windows. */
  readonly closed: readonly ClosedWindow[];
  /** The number of the last closed window that each account took. */
  readonly lastTaken: ReadonlyMap<number, number>;
}

// For accounts that take no windows for a while, as when Grafolean is down.
const MAX_CLOSED_PER_LABEL = 5;

/**
 * Sums up flows in windows of 1 and 15 minutes, 1, 4 and 24 hours. A flow is added to the 1-minute window only; a window
 * that ends is merged into the next longer one.
 *
 * Long work is split into steps, so that packets can be received in between: a socket overflows within milliseconds.
 */
export class Aggregator {
  // The open windows.
  readonly #windows: TrafficWindow[];
  // 1-minute windows that have ended, but are not closed yet.
  readonly #ended: TrafficWindow[] = [];
  #closed: ClosedWindow[];
  #lastNumber: number;
  readonly #lastTaken: Map<number, number>;
  // When the bot was not listening: between the end of `state` and the start.
  readonly #downtime: readonly [from: number, until: number];

  /**
   * Constructs a new instance, empty or from `state`.
   *
   * @param now The time in milliseconds since 1970.
   */
  constructor(now: number, state?: AggregatorState) {
    this.#windows = state === undefined
      ? WINDOWS.map(({ lengthMs }) => new TrafficWindow(lengthMs, now))
      : [...state.windows];
    this.#lastTaken = new Map(state?.lastTaken);
    this.#closed = [...state?.closed ?? []];
    this.#lastNumber = Math.max(
      0,
      ...this.#closed.map(({ number }) => number),
      ...this.#lastTaken.values(),
    );
    this.#downtime = [state?.until ?? 0, now];
    for (const window of this.#windows) window.addMissed(...this.#downtime);
    for (const _ of this.closeEnded(now));
  }

  /** Returns the exporters with traffic in an open window. */
  exporters(): Set<string> {
    return new Set(this.#windows.flatMap(({ traffic }) => [...traffic.keys()]));
  }

  /** Adds a flow that was received at `now`. */
  add(exporter: string, flow: Flow, now: number): void {
    this.#minuteAt(now).add(exporter, flow);
  }

  /** Closes the windows that have ended, in steps. Run all steps before using the windows or calling this again. */
  *closeEnded(now: number): Generator<void, void> {
    this.#minuteAt(now);
    for (let minute; (minute = this.#ended.shift()) !== undefined;) {
      const end = this.#ended[0]?.start ?? this.#windows[0]!.start;
      yield* this.#close(0, minute);
      for (let level = 1; level < this.#windows.length; level++) {
        const window = this.#windows[level]!;
        if (window.end > end) continue;
        this.#windows[level] = this.#open(window.lengthMs, end);
        yield* this.#close(level, window);
      }
    }
  }

  /** Sets which accounts take windows. A new one gets those that close from now on. */
  setAccounts(accounts: Iterable<number>): void {
    const wanted = new Set(accounts);
    for (const account of this.#lastTaken.keys()) {
      if (!wanted.has(account)) this.#lastTaken.delete(account);
    }
    for (const account of wanted) {
      if (!this.#lastTaken.has(account)) this.#lastTaken.set(account, this.#lastNumber);
    }
  }

  /** Returns the windows that closed since the last call for this account. */
  take(account: number): ClosedWindow[] {
    const lastTaken = this.#lastTaken.get(account) ?? this.#lastNumber;
    this.#lastTaken.set(account, this.#lastNumber);
    return this.#closed.filter(({ number }) => number > lastTaken);
  }

  /**
   * Returns the state to keep over a restart.
   *
   * @param now The time, if no more flows will be added. Without it the open 1-minute window is left out, as it would
   * change while the state is being written.
   */
  state(now?: number): AggregatorState {
    const minute = this.#windows[0]!;
    const windows = [...this.#windows];
    if (now === undefined) {
      windows[0] = new TrafficWindow(minute.lengthMs, minute.start);
    }
    return {
      until: now ?? minute.start,
      windows,
      closed: [...this.#closed],
      lastTaken: new Map(this.#lastTaken),
    };
  }

  /** Returns the 1-minute window at `now`. If the clock was set back, it stays the latest. */
  #minuteAt(now: number): TrafficWindow {
    const minute = this.#windows[0]!;
    if (now < minute.end) return minute;
    this.#ended.push(minute);
    return this.#windows[0] = this.#open(minute.lengthMs, now);
  }

  #open(lengthMs: number, now: number): TrafficWindow {
    const window = new TrafficWindow(lengthMs, now);
    window.addMissed(...this.#downtime);
    return window;
  }

  *#close(level: number, window: TrafficWindow): Generator<void, void> {
    const { label } = WINDOWS[level]!;
    const longer = this.#windows[level + 1];
    const reports = new Map<string, ByDirection<TrafficReport>>();
    for (const [exporter, traffic] of window.traffic) {
      if (window.isComplete) {
        reports.set(exporter, {
          ingress: traffic.ingress.report(),
          egress: traffic.egress.report(),
        });
        yield;
      }
      longer?.merge(exporter, traffic);
      yield;
    }
    if (reports.size > 0) this.#addClosed({ number: ++this.#lastNumber, label, reports });
  }

  #addClosed(window: ClosedWindow): void {
    const sameLabel = this.#closed.filter(({ label }) => label === window.label);
    if (sameLabel.length >= MAX_CLOSED_PER_LABEL) {
      this.#closed = this.#closed.filter((each) => each !== sameLabel[0]);
    }
    this.#closed.push(window);
  }
}
