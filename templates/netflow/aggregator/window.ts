import type { Flow } from "../decoder/flow.ts";
import { Traffic, type TrafficReport } from "./traffic.ts";

/** Direction of a flow at the interface that observed it. */
export type Direction = "ingress" | "egress";

/** One value for each direction. */
export type ByDirection<T> = Readonly<Record<Direction, T>>;

/** The two directions. */
export const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** The lengths of windows, shortest first. Each is a multiple of the one before. */
export const WINDOWS = [
  { label: "1min", lengthMs: 60_000 },
  { label: "15min", lengthMs: 900_000 },
  { label: "1h", lengthMs: 3_600_000 },
  { label: "4h", lengthMs: 14_400_000 },
  { label: "24h", lengthMs: 86_400_000 },
] as const;

/** The name of a window length in paths. */
type WindowLabel = typeof WINDOWS[number]["label"];

// A sum that lacks more than a tenth of its time would be misleading.
const MAX_MISSED = 0.1;

/** The traffic of all exporters in one window of time. Windows start at multiples of their length, in UTC. */
export class TrafficWindow {
  /** Length in milliseconds. */
  readonly lengthMs: number;
  /** Start, in milliseconds since 1970. */
  readonly start: number;
  /** End, in milliseconds since 1970. */
  readonly end: number;
  /** For how many milliseconds of the window the bot was not listening. */
  missedMs = 0;
  /** Traffic by exporter. */
  readonly traffic = new Map<string, ByDirection<Traffic>>();

  /** Constructs the empty window that contains `time`, in milliseconds since 1970. */
  constructor(lengthMs: number, time: number) {
    this.lengthMs = lengthMs;
    this.start = Math.floor(time / lengthMs) * lengthMs;
    this.end = this.start + lengthMs;
  }

  /** Whether the bot listened for at least 90 % of the window. */
  get isComplete(): boolean {
    return this.missedMs <= this.lengthMs * MAX_MISSED;
  }

  /** Adds a flow. */
  add(exporter: string, flow: Flow): void {
    let traffic = this.traffic.get(exporter);
    if (traffic === undefined) {
      traffic = { ingress: new Traffic(), egress: new Traffic() };
      this.traffic.set(exporter, traffic);
    }
    traffic[flow.isEgress ? "egress" : "ingress"].add(flow);
  }

  /** Adds a time when the bot was not listening. It may extend beyond the window. */
  addMissed(from: number, until: number): void {
    this.missedMs += Math.max(0, Math.min(until, this.end) - Math.max(from, this.start));
  }

  /**
   * Adds the traffic of an exporter in a shorter window.
   *
   * @param traffic Becomes part of this window, and must not be used afterwards.
   */
  merge(exporter: string, traffic: ByDirection<Traffic>): void {
    const own = this.traffic.get(exporter);
    if (own === undefined) {
      this.traffic.set(exporter, traffic);
    } else {
      for (const direction of DIRECTIONS) own[direction].merge(traffic[direction]);
    }
  }
}

/** The results of a window that has ended. */
export interface ClosedWindow {
  /** Serial number, counted over all lengths. */
  readonly number: number;
  /** Its length. */
  readonly label: WindowLabel;
  /** Results by exporter, without exporters that sent nothing. */
  readonly reports: ReadonlyMap<string, ByDirection<TrafficReport>>;
}
