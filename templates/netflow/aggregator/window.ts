import type { MemoryBudget } from "./memory_budget.ts";
import type { MissedTime } from "./missed_time.ts";
import { Traffic, type TrafficReport } from "./traffic.ts";

/** Direction of a flow at the interface that observed it. */
export type Direction = "ingress" | "egress";

/** One value for each direction. */
export type ByDirection<T> = Readonly<Record<Direction, T>>;

type TrafficByExporter = Map<string, ByDirection<Traffic>>;

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
export type WindowLabel = typeof WINDOWS[number]["label"];

// A sum that lacks more than a tenth of its time would be misleading.
const MAX_MISSED = 0.1;

/** The traffic of all exporters in one window of time. Windows start at multiples of their length, in UTC. */
export class TrafficWindow {
  /** Number of its length in {@linkcode WINDOWS}. */
  readonly level: number;
  /** The name of its length. */
  readonly label: WindowLabel;
  /** Start, in milliseconds since 1970. */
  readonly start: number;
  /** End, in milliseconds since 1970. */
  readonly end: number;
  /** The memory for its sums. */
  readonly memory: MemoryBudget;
  /** The traffic of each exporter that sent something. */
  readonly traffic: TrafficByExporter;
  readonly #missed: MissedTime;

  /** Constructs the window of a level that contains `time`, in milliseconds since 1970. */
  constructor(
    level: number,
    time: number,
    missed: MissedTime,
    memory: MemoryBudget,
    traffic: TrafficByExporter = new Map(),
  ) {
    const { label, lengthMs } = WINDOWS[level]!;
    this.level = level;
    this.label = label;
    this.start = Math.floor(time / lengthMs) * lengthMs;
    this.end = this.start + lengthMs;
    this.memory = memory;
    this.traffic = traffic;
    this.#missed = missed;
  }

  /** Whether the bot listened for at least 90 % of the window. */
  get isComplete(): boolean {
    const { start, end } = this;
    return this.#missed.within(start, end) <= (end - start) * MAX_MISSED;
  }

  /** Returns the traffic of an exporter, to add to it. */
  trafficOf(exporter: string): ByDirection<Traffic> {
    let traffic = this.traffic.get(exporter);
    if (traffic === undefined) {
      traffic = { ingress: new Traffic(this.memory), egress: new Traffic(this.memory) };
      this.traffic.set(exporter, traffic);
    }
    return traffic;
  }

  /** Returns the results for an exporter, even if it sent nothing. */
  report(exporter: string, direction: Direction): TrafficReport {
    return (this.traffic.get(exporter)?.[direction] ?? new Traffic(this.memory)).report();
  }

  /** Returns the next longer window, with the traffic of this one. */
  toLonger(): TrafficWindow {
    return new TrafficWindow(this.level + 1, this.start, this.#missed, this.memory, this.traffic);
  }

  /** Adds the traffic of a shorter window, in steps. */
  *addWindow(shorter: TrafficWindow): Generator<void, void> {
    for (const [exporter, traffic] of shorter.traffic) {
      const own = this.trafficOf(exporter);
      for (const direction of DIRECTIONS) yield* own[direction].addTraffic(traffic[direction]);
    }
  }
}
