import type { AggregatorState } from "./aggregator/aggregator_state.ts";
import type { DecoderState } from "./decoder/decoder.ts";
import type { DomainState } from "./decoder/domain.ts";

/** What is kept over a restart of the bot. */
export interface State {
  /** When it was saved, in milliseconds since 1970. */
  readonly savedAt: number;
  /** The sums, as the aggregator writes them. */
  readonly traffic: Iterable<AggregatorState>;
  /** The decoders of the known exporters by address, with templates that some send only every half hour. */
  readonly decoders: ReadonlyMap<string, DecoderState>;
  /** The exporters that were suggested as devices, by account. */
  readonly suggested: Map<number, ReadonlySet<string>>;
}

// Increase it when the format or the meaning of a number changes.
const VERSION = 2;

/** A line of the file. A state is written line by line, so none may be long. */
type Line =
  | readonly ["netflow-state", version: number, savedAt: number]
  | readonly ["traffic", AggregatorState]
  | readonly ["decoder", exporter: string, Omit<DecoderState, "domains">]
  | readonly ["domain", exporter: string, DomainState]
  | readonly ["suggested", account: number, exporters: readonly string[]]
  // Marks a state as complete.
  | readonly ["end"];

/** Serializes a state, line by line. */
export function* stateLines(state: State): Generator<string> {
  for (const line of toLines(state)) yield JSON.stringify(line);
}

function* toLines({ savedAt, traffic, decoders, suggested }: State): Generator<Line> {
  yield ["netflow-state", VERSION, savedAt];
  for (const part of traffic) yield ["traffic", part];
  for (const [exporter, { domains, ...rest }] of decoders) {
    yield ["decoder", exporter, rest];
    for (const domain of domains) yield ["domain", exporter, domain];
  }
  for (const [account, exporters] of suggested) yield ["suggested", account, [...exporters]];
  yield ["end"];
}

/**
 * Parses the output of {@linkcode stateLines}. The aggregator and the decoders validate their parts themselves.
 *
 * @throws {Error} If it is not a state, or incomplete.
 */
export function parseState(text: string): State {
  const lines: Line[] = text.trim().split("\n").map((line) => JSON.parse(line));
  const [first] = lines;
  if (first?.[0] !== "netflow-state") throw new TypeError("it is not a state of this bot");
  const [, version, savedAt] = first;
  if (version !== VERSION) throw new TypeError(`it has version ${version}, expected ${VERSION}`);
  if (lines.at(-1)?.[0] !== "end") throw new TypeError("it is incomplete");
  const traffic: AggregatorState[] = [];
  const decoders = new Map<string, DecoderState & { domains: DomainState[] }>();
  const suggested = new Map<number, ReadonlySet<string>>();
  for (const line of lines) {
    if (line[0] === "traffic") traffic.push(line[1]);
    if (line[0] === "decoder") decoders.set(line[1], { ...line[2], domains: [] });
    if (line[0] === "domain") decoders.get(line[1])?.domains.push(line[2]);
    if (line[0] === "suggested") suggested.set(line[1], new Set(line[2]));
  }
  return { savedAt, traffic, decoders, suggested };
}
