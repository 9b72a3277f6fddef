import type { MemoryBudget } from "./memory_budget.ts";
import type { MissedTime } from "./missed_time.ts";
import { Traffic, type TrafficReport, type TrafficState } from "./traffic.ts";

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
export type WindowLabel = typeof WINDOWS[number]["label"];

/** A part of a {@linkcode TrafficWindow} as plain data. */
export type WindowState = TrafficState & {
  readonly window: WindowLabel;
  /** When the window starts, in milliseconds since 1970. */
  readonly start: number;
  readonly exporter: string;
  readonly direction: Direction;
};

/** What windows share. */
interface WindowContext {
  /** The memory for all windows of this length. */
  readonly memory: MemoryBudget;
  /** When the bot was not listening. */
  readonly missed: MissedTime;
}

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
  readonly #context: WindowContext;
  readonly #traffic = new Map<string, ByDirection<Traffic>>();

  /** Constructs the empty window of a level that contains `time`, in milliseconds since 1970. */
  constructor(level: number, time: number, context: WindowContext) {
    const { label, lengthMs } = WINDOWS[level]!;
    this.level = level;
    this.label = label;
    this.start = Math.floor(time / lengthMs) * lengthMs;
    this.end = this.start + lengthMs;
    this.#context = context;
  }

  /** Whether the bot listened for at least 90 % of the window. */
  get isComplete(): boolean {
    const { start, end } = this;
    return this.#context.missed.within(start, end) <= (end - start) * MAX_MISSED;
  }

  /** Returns the exporters that sent something. */
  exporters(): string[] {
    return [...this.#traffic.keys()];
  }

  /** Returns the traffic of an exporter, to add to it. */
  trafficOf(exporter: string): ByDirection<Traffic> {
    let traffic = this.#traffic.get(exporter);
    if (traffic === undefined) {
      const { memory } = this.#context;
      traffic = { ingress: new Traffic(memory), egress: new Traffic(memory) };
      this.#traffic.set(exporter, traffic);
    }
    return traffic;
  }

  /** Returns the results for an exporter, even if it sent nothing. */
  report(exporter: string, direction: Direction): TrafficReport {
    const traffic = this.#traffic.get(exporter)?.[direction] ?? new Traffic(this.#context.memory);
    return traffic.report();
  }

  /** Moves the traffic of a shorter window into this one, in steps. */
  *take(shorter: TrafficWindow): Generator<void, void> {
    for (const [exporter, traffic] of shorter.#traffic) {
      const own = this.trafficOf(exporter);
      for (const direction of DIRECTIONS) yield* own[direction].take(traffic[direction]);
      shorter.#traffic.delete(exporter);
    }
  }

  /** Gives the memory back. */
  clear(): void {
    for (const traffic of this.#traffic.values()) {
      for (const direction of DIRECTIONS) traffic[direction].clear();
    }
    this.#traffic.clear();
  }

  /** Iterates over the state to keep over a restart. */
  *state(): Generator<WindowState> {
    const { label: window, start } = this;
    for (const [exporter, traffic] of this.#traffic) {
      for (const direction of DIRECTIONS) {
        for (const part of traffic[direction].state()) {
          yield { window, start, exporter, direction, ...part };
        }
      }
    }
  }
}
