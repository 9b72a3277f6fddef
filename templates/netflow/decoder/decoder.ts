import { DecodeError } from "./decode_error.ts";
import { Domain, type DomainState } from "./domain.ts";
import type { OnFlow } from "./flow.ts";
import { decodeIpfix } from "./ipfix.ts";
import { decodeV5 } from "./netflow_v5.ts";
import { decodeV9 } from "./netflow_v9.ts";
import { PendingSets } from "./pending_sets.ts";
import { SamplingRates, type SamplingRatesState } from "./sampling.ts";

/** Counters of an exporter, since the start. */
export interface DecoderCounts {
  /** Packets received. */
  packets: number;
  /** Flows decoded. */
  flows: number;
  /** Packets (v9, sFlow), flows (v5) or records (IPFIX) lost in the network; less if some arrived late after all. */
  lost: number;
  /** Packets that could not be decoded, or only in part. */
  malformed: number;
  /** Data sets whose template did not arrive in time, and records without a byte count. */
  undecodable: number;
}

/** Options of a {@linkcode Decoder}. */
export interface DecoderOptions {
  /** Whether bytes are multiplied by the sampling rate that the exporter announces. @default true */
  readonly scaleSampled?: boolean;
  /** State from before a restart of the bot. */
  readonly state?: DecoderState | undefined;
}

/** The part of a {@linkcode Decoder} that is kept over a restart of the bot, as plain data. */
export interface DecoderState {
  readonly rates: SamplingRatesState;
  readonly domains: readonly (readonly [key: string, domain: DomainState])[];
}

// Routers have one domain per line card.
const MAX_DOMAINS = 64;

/** Decodes the packets of one exporter. Its memory is bounded, whatever the exporter sends. */
export class Decoder {
  /** Counters since the start. */
  readonly counts: DecoderCounts = { packets: 0, flows: 0, lost: 0, malformed: 0, undecodable: 0 };
  /** What was wrong with the last malformed packet. */
  malformedReason = "";
  /** Why the last data set or record was undecodable. */
  undecodableReason = "";
  /** The sampling rate that an administrator stated for this exporter, which holds whatever it announces. */
  samplingRate: number | undefined;
  /** Whether bytes are multiplied by the sampling rate that the exporter announces. */
  readonly scaleSampled: boolean;
  /** Sampling rates that were announced for the exporter as a whole. */
  readonly rates: SamplingRates;
  /** Data sets that wait for their template. */
  readonly pending = new PendingSets();
  // Least recently used first.
  readonly #domains = new Map<string, Domain>();

  /** Constructs a new instance. */
  constructor({ scaleSampled = true, state }: DecoderOptions = {}) {
    this.scaleSampled = scaleSampled;
    this.rates = new SamplingRates(state?.rates);
    for (const [key, domain] of state?.domains ?? []) {
      this.#domains.set(key, new Domain(Number(key.split("/")[1]), domain));
    }
  }

  /** Returns the state to keep over a restart. */
  toJSON(): DecoderState {
    return {
      rates: this.rates.toJSON(),
      domains: Array.from(this.#domains, ([key, domain]) => [key, domain.toJSON()]),
    };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    let bytes = 1000 + this.pending.bytes + this.rates.memoryBytes;
    for (const domain of this.#domains.values()) bytes += 1000 + domain.memoryBytes;
    return bytes;
  }

  /**
   * Decodes a packet of NetFlow v5, v9 or IPFIX. What is wrong with it is counted, never thrown.
   *
   * @param packet The payload of a UDP packet. It is not retained.
   * @param now Time of arrival, in milliseconds.
   * @param onFlow Called for each flow, also of earlier data sets whose template is in this packet.
   */
  decode(packet: Uint8Array, now: number, onFlow: OnFlow): void {
    this.counts.packets++;
    try {
      this.#decode(packet, now, onFlow);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.counts.malformed++;
      this.malformedReason = error.message;
    }
  }

  /** Returns an observation domain, creating it if needed. Each NetFlow version has its own ids. */
  domain(version: number, id: number): Domain {
    const key = `${version}/${id}`;
    const domain = this.#domains.get(key) ?? new Domain(id);
    this.#domains.delete(key);
    this.#domains.set(key, domain);
    for (const oldest of this.#domains.keys()) {
      if (this.#domains.size <= MAX_DOMAINS) break;
      this.#domains.delete(oldest);
    }
    return domain;
  }

  #decode(packet: Uint8Array, now: number, onFlow: OnFlow): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const version = packet.byteLength < 2 ? 0 : view.getUint16(0);
    if (version === 5) return decodeV5(view, this, onFlow);
    if (version === 9) return decodeV9(view, { decoder: this, now, onFlow });
    if (version === 10) return decodeIpfix(view, { decoder: this, now, onFlow });
    const what = packet.byteLength < 2 ? `${packet.byteLength} bytes` : `version ${version}`;
    throw new DecodeError(`${what}, not NetFlow v5, v9 or IPFIX`);
  }
}
