import { describeError } from "@grafolean/collector";
import type { DomainState } from "./observation_domain.ts";
import { ExporterState } from "./exporter.ts";
import { isTemplate } from "./template.ts";
import type { WindowsState } from "./aggregator.ts";
import { Traffic, type TrafficReport, type TrafficState } from "./traffic.ts";
import { type BothWays, type ClosedWindow, TrafficWindow, WINDOWS } from "./traffic_window.ts";

/** What outlives the process. */
export interface Snapshot {
  /** The windows. */
  readonly windows: WindowsState;
  /** What was learnt from exporters: some send their templates every half hour only. */
  readonly exporters: ReadonlyMap<string, ExporterState>;
  /** The exporters that were suggested as entities, by account. */
  readonly suggested: ReadonlyMap<number, ReadonlySet<string>>;
}

// To be raised when older bots could not read it any more, or the numbers would mean something else.
const VERSION = 1;
const FORMAT = "grafolean netflow snapshot";

/** Thrown for a text that is no snapshot. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
}

// Lines of JSON, each a kind and its data, so that neither writing nor reading has to hold everything as one text.
type Line =
  | ["snapshot", { format: string; version: number; until: number }]
  | ["window", { level: number; start: number; missedMs: number }]
  | ["traffic", { level: number; exporter: string; both: BothWays<TrafficState> }]
  | ["closed", {
    number: number;
    label: ClosedWindow["label"];
    reports: [string, BothWays<TrafficReport>][];
  }]
  | ["exporter", { exporter: string; domains: [key: string, domain: DomainState][] }]
  | ["told", [account: number, number: number][]]
  | ["suggested", [account: number, exporters: string[]][]]
  // Without it the end is missing.
  | ["end", null];

/** Writes a snapshot line by line. */
export function* snapshotLines(snapshot: Snapshot): Generator<string> {
  for (const line of lines(snapshot)) yield JSON.stringify(line);
}

function* lines({ windows: state, exporters, suggested }: Snapshot): Generator<Line> {
  const { until, windows, closed, told } = state;
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
  for (const [exporter, known] of exporters) {
    yield ["exporter", { exporter, domains: known.toJSON() }];
  }
  yield ["told", [...told]];
  yield ["suggested", Array.from(suggested, ([account, exporters]) => [account, [...exporters]])];
  yield ["end", null];
}

/**
 * Reads what {@linkcode snapshotLines} has written.
 *
 * @throws {SnapshotError} If it is not that, or not whole.
 */
export function parseSnapshot(text: string): Snapshot {
  try {
    return read(text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line)));
  } catch (error) {
    if (error instanceof SnapshotError) throw error;
    throw new SnapshotError(`it is damaged: ${describeError(error)}`, { cause: error });
  }
}

function read(all: readonly Line[]): Snapshot {
  const [first] = all;
  if (first?.[0] !== "snapshot" || first[1].format !== FORMAT) {
    throw new SnapshotError("it is not a snapshot of this bot");
  }
  const { version, until } = first[1];
  if (version !== VERSION) {
    throw new SnapshotError(`it has version ${version}, and this bot reads version ${VERSION}`);
  }
  if (all.at(-1)?.[0] !== "end") throw new SnapshotError("its end is missing");
  const windows: TrafficWindow[] = [];
  const closed: ClosedWindow[] = [];
  const exporters = new Map<string, ExporterState>();
  let told: WindowsState["told"] = new Map();
  let suggested: Snapshot["suggested"] = new Map();
  for (const [kind, data] of all) {
    if (kind === "window") {
      const window = new TrafficWindow(WINDOWS[data.level]!.lengthMs, data.start);
      window.missedMs = data.missedMs;
      windows[data.level] = window;
    } else if (kind === "traffic") {
      const { ingress, egress } = data.both;
      const both = { ingress: new Traffic(ingress), egress: new Traffic(egress) };
      windows[data.level]!.takeIn(data.exporter, both);
    } else if (kind === "closed") {
      closed.push({ ...data, reports: new Map(data.reports) });
    } else if (kind === "exporter") {
      for (const [, { templates }] of data.domains) {
        // A wrong one could lead anywhere.
        if (!templates.every(([, template]) => isTemplate(template))) {
          throw new SnapshotError("a template is damaged");
        }
      }
      exporters.set(data.exporter, new ExporterState(data.domains));
    } else if (kind === "told") {
      told = new Map(data);
    } else if (kind === "suggested") {
      suggested = new Map(data.map(([account, exporters]) => [account, new Set(exporters)]));
    }
  }
  if (WINDOWS.some((_, level) => windows[level] === undefined) || !Number.isFinite(until)) {
    throw new SnapshotError("a window is missing");
  }
  return { windows: { until, windows, closed, told }, exporters, suggested };
}
