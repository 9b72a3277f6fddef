import type { AggregatorState } from "./aggregator/aggregator.ts";
import type { DecoderState } from "./decoder/decoder.ts";
import { Traffic, type TrafficReport, type TrafficState } from "./aggregator/traffic.ts";
import {
  type ByDirection,
  type ClosedWindow,
  TrafficWindow,
  WINDOWS,
} from "./aggregator/window.ts";

/** The state that is kept over a restart of the bot. */
export interface Snapshot {
  /** The windows and their sums. */
  readonly aggregator: AggregatorState;
  /** The known exporters with their templates, which some send only every half hour. */
  readonly exporters: ReadonlyMap<string, DecoderState>;
  /** The exporters that were suggested as entities, by account. */
  readonly suggested: ReadonlyMap<number, ReadonlySet<string>>;
}

// Increase it when the format or the meaning of a number changes.
const VERSION = 1;
const FORMAT = "grafolean netflow snapshot";

// JSON lines, each a kind and its data, so that a snapshot can be written piece by piece.
type Line =
  | ["snapshot", { format: string; version: number; until: number }]
  | ["window", { level: number; start: number; missedMs: number }]
  | ["traffic", { level: number; exporter: string; both: ByDirection<TrafficState> }]
  | ["closed", {
    number: number;
    label: ClosedWindow["label"];
    reports: [string, ByDirection<TrafficReport>][];
  }]
  | ["exporter", { exporter: string; domains: DecoderState }]
  | ["told", [account: number, number: number][]]
  | ["suggested", [account: number, exporters: string[]][]]
  // Marks a snapshot as complete.
  | ["end", null];

/** Serializes a snapshot, line by line. */
export function* snapshotLines(snapshot: Snapshot): Generator<string> {
  for (const line of toLines(snapshot)) yield JSON.stringify(line);
}

function* toLines({ aggregator, exporters, suggested }: Snapshot): Generator<Line> {
  const { until, windows, closed, lastTaken } = aggregator;
  yield ["snapshot", { format: FORMAT, version: VERSION, until }];
  for (const [level, { start, missedMs, traffic }] of windows.entries()) {
    yield ["window", { level, start, missedMs }];
    for (const [exporter, { ingress, egress }] of traffic) {
      const both = { ingress: ingress.toJSON(), egress: egress.toJSON() };
      yield ["traffic", { level, exporter, both }];
    }
  }
  for (const { number, label, reports } of closed) {
    yield ["closed", { number, label, reports: [...reports] }];
  }
  for (const [address, exporter] of exporters) {
    yield ["exporter", { exporter: address, domains: exporter }];
  }
  yield ["told", [...lastTaken]];
  yield ["suggested", Array.from(suggested, ([account, exporters]) => [account, [...exporters]])];
  yield ["end", null];
}

/**
 * Parses the output of {@linkcode snapshotLines}.
 *
 * @throws {Error} If it is not a snapshot, or incomplete.
 */
export function parseSnapshot(text: string): Snapshot {
  const lines: Line[] = text.split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line)
  );
  const [first] = lines;
  if (first?.[0] !== "snapshot" || first[1].format !== FORMAT) {
    throw new Error("Not a snapshot of this bot");
  }
  const { version, until } = first[1];
  if (version !== VERSION) {
    throw new Error(`The snapshot has version ${version}, expected ${VERSION}`);
  }
  if (lines.at(-1)?.[0] !== "end") throw new Error("The snapshot is incomplete");
  const windows: TrafficWindow[] = [];
  const closed: ClosedWindow[] = [];
  const exporters = new Map<string, DecoderState>();
  let lastTaken: AggregatorState["lastTaken"] = new Map();
  let suggested: Snapshot["suggested"] = new Map();
  for (const [kind, data] of lines) {
    if (kind === "window") {
      const window = new TrafficWindow(WINDOWS[data.level]!.lengthMs, data.start);
      window.missedMs = data.missedMs;
      windows[data.level] = window;
    } else if (kind === "traffic") {
      const { ingress, egress } = data.both;
      const both = { ingress: new Traffic(ingress), egress: new Traffic(egress) };
      windows[data.level]!.merge(data.exporter, both);
    } else if (kind === "closed") {
      closed.push({ ...data, reports: new Map(data.reports) });
    } else if (kind === "exporter") {
      exporters.set(data.exporter, data.domains);
    } else if (kind === "told") {
      lastTaken = new Map(data);
    } else if (kind === "suggested") {
      suggested = new Map(data.map(([account, exporters]) => [account, new Set(exporters)]));
    }
  }
  if (WINDOWS.some((_, level) => windows[level] === undefined) || !Number.isFinite(until)) {
    throw new Error("A window is missing");
  }
  return { aggregator: { until, windows, closed, lastTaken }, exporters, suggested };
}
