/** Decodes packets for tests. */

import { formatAddress, isUnset } from "../address.ts";
import { Decoder, type DecoderCounts, type DecoderOptions } from "../decoder/decoder.ts";
import type { Flow } from "../decoder/flow.ts";

/** A {@linkcode Flow} as plain data; addresses are text, or empty. */
export interface PlainFlow
  extends Omit<Flow, "source" | "destination" | "clearHeaders" | "reverse"> {
  /** Source address. */
  readonly source: string;
  /** Destination address. */
  readonly destination: string;
}

/** The flows of a packet, how far it increased the counters, and what was wrong with it. */
export interface Decoded extends Omit<DecoderCounts, "flows" | "packets"> {
  /** The flows. */
  readonly flows: PlainFlow[];
  /** What was wrong with it, or empty. */
  readonly malformedReason: string;
  /** Why data sets or records were undecodable, or empty. */
  readonly undecodableReason: string;
}

/** Copies a flow. */
export function plainFlow(flow: Flow): PlainFlow {
  const { source, destination, ...rest } = flow;
  return {
    ...rest,
    source: isUnset(source) ? "" : formatAddress(source),
    destination: isUnset(destination) ? "" : formatAddress(destination),
  };
}

/** Decodes a packet. */
export function decode(decoder: Decoder, packet: Uint8Array, now = 0): Decoded {
  const flows: PlainFlow[] = [];
  const { lost, malformed, undecodable } = decoder.counts;
  decoder.decode(packet, now, (flow) => flows.push(plainFlow(flow)));
  const { counts } = decoder;
  return {
    flows,
    lost: counts.lost - lost,
    malformed: counts.malformed - malformed,
    undecodable: counts.undecodable - undecodable,
    malformedReason: counts.malformed > malformed ? decoder.malformedReason : "",
    undecodableReason: counts.undecodable > undecodable ? decoder.undecodableReason : "",
  };
}

/** Returns a function that decodes packets of one exporter, one second apart unless a time is given. */
export function testDecoder(
  options?: DecoderOptions,
): (packet: Uint8Array, now?: number) => Decoded {
  const decoder = new Decoder(options);
  let clock = 0;
  return (packet, now = clock += 1000) => decode(decoder, packet, now);
}

/** Decodes a packet, and returns the bytes of its flows. */
export function bytesOf(decoder: Decoder, packet: Uint8Array, now: number): number {
  return decode(decoder, packet, now).flows.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Returns what a decoder could not decode or count. */
export function problemsOf({ counts }: Decoder): Omit<DecoderCounts, "flows" | "packets"> {
  const { lost, malformed, undecodable } = counts;
  return { lost, malformed, undecodable };
}

/** Returns the state of a decoder as it is written to a file. */
export function stateText(decoder: Decoder): string {
  const { domains, ...rest } = decoder.state();
  return JSON.stringify({ ...rest, domains: [...domains] });
}

/** Returns the decoder after a restart of the bot. */
export function restart(decoder: Decoder): Decoder {
  return new Decoder({ state: JSON.parse(stateText(decoder)) });
}
