import type { AggregatorState } from "./aggregator/aggregator.ts";
import type { DecoderState } from "./decoder/decoder.ts";

/** What is kept over a restart of the bot. */
export interface State {
  /** When it was saved, in milliseconds since 1970. */
  readonly savedAt: number;
  /** The sums, as the aggregator writes them. */
  readonly traffic: Iterable<AggregatorState>;
  /** The decoders of the known exporters by address, with templates that some send only every half hour. */
  readonly decoders: ReadonlyMap<string, DecoderState>;
  /** The exporters that were suggested as devices, by account. */
  readonly suggested: ReadonlyMap<number, ReadonlySet<string>>;
}

// Increase it when the format or the meaning of a number changes.
const VERSION = 2;

// JSON lines, each a kind and its data, so that a state can be written piece by piece.
type Line =
  | readonly ["netflow-state", { readonly version: number; readonly savedAt: number }]
  | readonly ["traffic", AggregatorState]
  | readonly ["decoder", { readonly exporter: string } & Omit<DecoderState, "domains">]
  // A decoder may have thousands, too many for one line.
  | readonly [
    "domain",
    { readonly exporter: string; readonly domain: DecoderState["domains"][number] },
  ]
  | readonly ["suggested", { readonly account: number; readonly exporters: readonly string[] }]
  // Marks a state as complete.
  | readonly ["end"];

/** Serializes a state, line by line. */
export function* stateLines(state: State): Generator<string> {
  for (const line of toLines(state)) yield JSON.stringify(line);
}

function* toLines({ savedAt, traffic, decoders, suggested }: State): Generator<Line> {
  yield ["netflow-state", { version: VERSION, savedAt }];
  for (const line of traffic) yield ["traffic", line];
  for (const [exporter, { domains, ...rest }] of decoders) {
    yield ["decoder", { exporter, ...rest }];
    for (const domain of domains) yield ["domain", { exporter, domain }];
  }
  for (const [account, exporters] of suggested) {
    yield ["suggested", { account, exporters: [...exporters] }];
  }
  yield ["end"];
}

/**
 * Parses the output of {@linkcode stateLines}. The aggregator and the decoders validate their parts themselves.
 *
 * @throws {Error} If it is not a state, or incomplete.
 */
export function parseState(text: string): State {
  const lines: Line[] = text.split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line)
  );
  const [first] = lines;
  if (first?.[0] !== "netflow-state") throw new TypeError("it is not a state of this bot");
  const { version, savedAt } = first[1];
  if (version !== VERSION) throw new TypeError(`it has version ${version}, expected ${VERSION}`);
  if (!Number.isFinite(savedAt)) throw new TypeError("it has no time");
  if (lines.at(-1)?.[0] !== "end") throw new TypeError("it is incomplete");
  const traffic: AggregatorState[] = [];
  const decoders = new Map<string, DecoderState & { domains: DecoderState["domains"][number][] }>();
  const suggested = new Map<number, Set<string>>();
  for (const line of lines) {
    if (line[0] === "traffic") {
      traffic.push(line[1]);
    } else if (line[0] === "decoder") {
      const { exporter, ...rest } = line[1];
      decoders.set(exporter, { ...rest, domains: [] });
    } else if (line[0] === "domain") {
      decoders.get(line[1].exporter)?.domains.push(line[1].domain);
    } else if (line[0] === "suggested") {
      suggested.set(line[1].account, new Set(line[1].exporters));
    }
  }
  return { savedAt, traffic, decoders, suggested };
}
