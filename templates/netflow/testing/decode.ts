/** Decodes packets for tests. */

import { formatAddress, isUnset } from "../address.ts";
import { Decoder, type DecoderCounts, type DecoderOptions } from "../decoder/decoder.ts";
import type { Flow } from "../decoder/flow.ts";

/** A {@linkcode Flow} as plain data; addresses are text, or empty. */
export interface PlainFlow extends Omit<Flow, "source" | "destination" | "reverse"> {
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
