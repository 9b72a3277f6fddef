import type { Flow } from "./flow.ts";
import {
  type BothWays,
  type ClosedWindow,
  DIRECTIONS,
  TrafficWindow,
  type WindowLabel,
  WINDOWS,
} from "./traffic_window.ts";
import type { TrafficReport } from "./traffic.ts";

/** What a {@linkcode TrafficWindows} begins with after a restart. */
export interface WindowsState {
  /** The last moment that `windows` know of, in milliseconds. */
  readonly until: number;
  /** The windows that were open then, in the order of {@linkcode WINDOWS}. */
  readonly windows: readonly TrafficWindow[];
  /** The windows that had closed and may still have to be told. */
  readonly closed: readonly ClosedWindow[];
  /** The number of the last window that was told, by account. */
  readonly told: ReadonlyMap<number, number>;
}

// Who does not ask for that long, for want of Grafolean, gets the latest of each kind.
const MAX_CLOSED_OF_A_KIND = 5;

/**
 * Adds up flows in windows of a minute, a quarter, an hour, four hours and a day. A flow is added to its minute only; a
 * window that closes is told, and becomes a part of the next longer one.
 *
 * What takes time happens in steps, so that packets can be received between them: a socket overflows in milliseconds.
 */
export class TrafficWindows {
  readonly #windows: TrafficWindow[];
  readonly #told: Map<number, number>;
  // Minutes that are over, but not yet a part of the longer windows.
  readonly #over: TrafficWindow[] = [];
  #closed: ClosedWindow[];
  #closings: number;
  // When nobody has listened: between what `state` knows and the start.
  readonly #gap: readonly [from: number, until: number];

  /**
   * Begins to add up, either afresh or where `state` ends.
   *
   * @param now The time in milliseconds since 1970.
   */
  constructor(now: number, state?: WindowsState) {
    this.#windows = state === undefined
      ? WINDOWS.map(({ lengthMs }) => new TrafficWindow(lengthMs, now))
      : [...state.windows];
    this.#told = new Map(state?.told);
    this.#closed = [...state?.closed ?? []];
    this.#closings = Math.max(
      0,
      ...this.#closed.map(({ number }) => number),
      ...this.#told.values(),
    );
    this.#gap = [state?.until ?? 0, now];
    for (const window of this.#windows) window.miss(...this.#gap);
    for (const _ of this.settle(now));
  }

  /** The exporters that have some traffic in one of the windows. */
  exporters(): Set<string> {
    return new Set(this.#windows.flatMap(({ traffic }) => [...traffic.keys()]));
  }

  /** Adds a flow that was received at `now`. */
  add(exporter: string, flow: Flow, now: number): void {
    this.#turnTo(now).add(exporter, flow);
  }

  /** Closes the windows that are over, in steps. They must all be taken before the windows are read or settled again. */
  *settle(now: number): Generator<void, void> {
    this.#turnTo(now);
    for (let minute; (minute = this.#over.shift()) !== undefined;) {
      const end = this.#over[0]?.start ?? this.#windows[0]!.start;
      yield* this.#close(0, minute);
      for (let n = 1; n < this.#windows.length; n++) {
        const window = this.#windows[n]!;
        if (window.end > end) continue;
        this.#windows[n] = this.#begin(window.lengthMs, end);
        yield* this.#close(n, window);
      }
    }
  }

  /** Says which accounts want to be told. One that is new is told of what closes from now on. */
  serve(accounts: Iterable<number>): void {
    const wanted = new Set(accounts);
    for (const account of this.#told.keys()) {
      if (!wanted.has(account)) this.#told.delete(account);
    }
    for (const account of wanted) {
      if (!this.#told.has(account)) this.#told.set(account, this.#closings);
    }
  }

  /** The windows that have closed since an account was told the last time. It counts as told of them now. */
  take(account: number): ClosedWindow[] {
    const told = this.#told.get(account) ?? this.#closings;
    this.#told.set(account, this.#closings);
    return this.#closed.filter(({ number }) => number > told);
  }

  /**
   * What is needed to go on after a restart.
   *
   * @param now The time, if nothing more will come. Otherwise the minute that is not over is left out, since it goes on
   * changing while the state is written.
   */
  state(now?: number): WindowsState {
    const minute = this.#windows[0]!;
    const windows = [...this.#windows];
    if (now === undefined) {
      windows[0] = new TrafficWindow(minute.lengthMs, minute.start);
    }
    return {
      until: now ?? minute.start,
      windows,
      closed: [...this.#closed],
      told: new Map(this.#told),
    };
  }

  /** The minute that a moment falls in. A clock that was set back does not open a window again. */
  #turnTo(now: number): TrafficWindow {
    const minute = this.#windows[0]!;
    if (now < minute.end) return minute;
    this.#over.push(minute);
    return this.#windows[0] = this.#begin(minute.lengthMs, now);
  }

  #begin(lengthMs: number, now: number): TrafficWindow {
    const window = new TrafficWindow(lengthMs, now);
    window.miss(...this.#gap);
    return window;
  }

  *#close(level: number, window: TrafficWindow): Generator<void, void> {
    const { label } = WINDOWS[level]!;
    const longer = this.#windows[level + 1];
    const reports = new Map<string, BothWays<TrafficReport>>();
    for (const [exporter, both] of window.traffic) {
      if (window.whole) {
        const [ingress, egress] = DIRECTIONS.map((direction) => both[direction].report());
        reports.set(exporter, { ingress: ingress!, egress: egress! });
        yield;
      }
      longer?.takeIn(exporter, both);
      yield;
    }
    if (reports.size > 0) this.#keep({ number: ++this.#closings, label, reports });
  }

  #keep(closed: ClosedWindow): void {
    const sameKind = (label: WindowLabel) => this.#closed.filter((one) => one.label === label);
    const [oldest] = sameKind(closed.label);
    if (sameKind(closed.label).length >= MAX_CLOSED_OF_A_KIND) {
      this.#closed = this.#closed.filter((one) => one !== oldest);
    }
    this.#closed.push(closed);
  }
}
