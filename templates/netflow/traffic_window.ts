import type { Direction, Flow } from "./flow.ts";
import { Traffic, type TrafficReport } from "./traffic.ts";

/** Both directions of one exporter. */
export type BothWays<T> = Readonly<Record<Direction, T>>;

/** The two directions, in the order in which they are told. */
export const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** The windows of time that traffic is added up in, from the shortest. Each is a part of the next. */
export const WINDOWS = [
  { label: "1min", lengthMs: 60_000 },
  { label: "15min", lengthMs: 900_000 },
  { label: "1h", lengthMs: 3_600_000 },
  { label: "4h", lengthMs: 14_400_000 },
  { label: "24h", lengthMs: 86_400_000 },
] as const;

/** The name of a window, as it is found in paths. */
export type WindowLabel = typeof WINDOWS[number]["label"];

// A sum that lacks more than this is not the sum of the window that it claims to be.
const MOST_MISSED = 0.1;

/** The traffic of all exporters between two moments. Windows begin at multiples of their length, in UTC. */
export class TrafficWindow {
  /** Milliseconds. */
  readonly lengthMs: number;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Milliseconds since 1970. */
  readonly end: number;
  /** For how many milliseconds of it nobody has listened. */
  missedMs = 0;
  /** The traffic by exporter. */
  readonly traffic = new Map<string, BothWays<Traffic>>();

  /** Makes the empty window that a moment falls in. */
  constructor(lengthMs: number, moment: number) {
    this.lengthMs = lengthMs;
    this.start = Math.floor(moment / lengthMs) * lengthMs;
    this.end = this.start + lengthMs;
  }

  /** Whether enough of it was listened to. */
  get whole(): boolean {
    return this.missedMs <= this.lengthMs * MOST_MISSED;
  }

  /** Adds a flow. */
  add(exporter: string, flow: Flow): void {
    let both = this.traffic.get(exporter);
    if (both === undefined) {
      both = { ingress: new Traffic(), egress: new Traffic() };
      this.traffic.set(exporter, both);
    }
    both[flow.direction].add(flow, flow.direction);
  }

  /** Notes that nobody has listened between two moments, of which some may be outside of the window. */
  miss(from: number, until: number): void {
    this.missedMs += Math.max(0, Math.min(until, this.end) - Math.max(from, this.start));
  }

  /**
   * Adds what one exporter has in a shorter window.
   *
   * @param both Becomes a part of this window, and must not be used again.
   */
  takeIn(exporter: string, both: BothWays<Traffic>): void {
    const mine = this.traffic.get(exporter);
    if (mine === undefined) {
      this.traffic.set(exporter, both);
    } else {
      for (const direction of DIRECTIONS) mine[direction].merge(both[direction]);
    }
  }
}

/** A window that is over. */
export interface ClosedWindow {
  /** Counts the windows that have closed. */
  readonly number: number;
  /** Which it is. */
  readonly label: WindowLabel;
  /** What is to be told, by exporter. Exporters that have sent nothing are not there. */
  readonly reports: ReadonlyMap<string, BothWays<TrafficReport>>;
}
