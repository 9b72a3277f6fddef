import type { BootTime } from "./boot_time.ts";
import type { DecodeContext, DecoderCounts } from "./decode_context.ts";
import { DecodeError } from "./decode_error.ts";
import { describePacket } from "./describe_packet.ts";
import type { Domain, DomainState } from "./domain.ts";
import { Domains } from "./domains.ts";
import type { OnFlow } from "./flow.ts";
import { restoreTemplates } from "./flow_sets.ts";
import { decodeIpfix } from "./ipfix.ts";
import { decodeV5 } from "./netflow_v5.ts";
import { decodeV9 } from "./netflow_v9.ts";
import { SamplingRates, type SamplingRatesState } from "./sampling_rates.ts";
import { decodeSflow } from "./sflow_v5.ts";

export type { DecoderCounts } from "./decode_context.ts";

/** Options of a {@linkcode Decoder}. */
export interface DecoderOptions {
  /** Whether bytes are multiplied by the sampling rate that the exporter announces. @default true */
  readonly scaleSampled?: boolean;
  /** State from before a restart of the bot. A damaged one is ignored. */
  readonly state?: DecoderState | undefined;
}

/** The part of a {@linkcode Decoder} that is kept over a restart of the bot, as plain data. */
export interface DecoderState {
  /** The rate that an administrator stated, as Grafolean may be away at the next start. */
  readonly samplingRate?: number | undefined;
  /** Sampling rates of the exporter as a whole. */
  readonly rates: SamplingRatesState;
  /** The least recently used first. As there may be thousands, each is read when it is written. */
  readonly domains: Iterable<DomainState>;
}

// Enough for 5,000 domains with two templates of twenty fields each.
const MAX_BYTES = 32 * 1024 * 1024;

/** Decodes the packets from one address. Its memory is bounded, whatever they hold. */
export class Decoder implements DecodeContext {
  readonly counts: DecoderCounts = { packets: 0, flows: 0, lost: 0, malformed: 0, undecodable: 0 };
  /** What was wrong with the last malformed packet. */
  malformedReason = "";
  /** Why the last data set or record was undecodable. */
  undecodableReason = "";
  /** How much memory it may take, in bytes. */
  maxMemoryBytes: number = MAX_BYTES;
  samplingRate: number | undefined;
  readonly scaleSampled: boolean;
  readonly rates: SamplingRates;
  now = 0;
  onFlow: OnFlow = () => {};
  readonly #domains = new Domains();
  #isMalformed = false;

  /** Constructs a new instance. */
  constructor({ scaleSampled = true, state }: DecoderOptions = {}) {
    this.scaleSampled = scaleSampled;
    this.samplingRate = state?.samplingRate;
    let rates: SamplingRates | undefined;
    try {
      rates = new SamplingRates(state?.rates);
      for (const domain of state?.domains ?? []) {
        restoreTemplates(domain, this.#domains.restore(domain), this);
      }
    } catch {
      // The exporter will announce everything again.
    }
    this.rates = rates ?? new SamplingRates();
  }

  /** Returns the state to keep over a restart. */
  state(): DecoderState {
    const { samplingRate, rates } = this;
    return { samplingRate, rates: rates.toJSON(), domains: this.#domains.states() };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.rates.memoryBytes + this.#domains.memoryBytes;
  }

  /**
   * Decodes a packet of NetFlow v5, v9, IPFIX or sFlow v5. What is wrong with it is counted, never thrown.
   *
   * @param packet The payload of a UDP packet. It is not retained.
   * @param now Time of arrival, in milliseconds.
   * @param onFlow Called for each flow, also of earlier data sets whose template is in this packet.
   */
  decode(packet: Uint8Array, now: number, onFlow: OnFlow): void {
    this.counts.packets++;
    this.now = now;
    this.onFlow = onFlow;
    this.#isMalformed = false;
    this.attempt(() => this.#decode(packet));
    const dropped = this.#domains.makeRoom(this.maxMemoryBytes - this.rates.memoryBytes);
    if (dropped > 0) this.countUndecodable(dropped, "its templates need too much memory");
  }

  domain(version: number, id: number, boot?: BootTime, sequence?: number): Domain {
    return this.#domains.find(version, id, boot, sequence);
  }

  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.reportFault(error.message);
      return undefined;
    }
  }

  reportFault(reason: string): void {
    if (this.#isMalformed) return;
    this.#isMalformed = true;
    this.counts.malformed++;
    this.malformedReason = reason;
  }

  countUndecodable(count: number, reason: string): void {
    if (count === 0) return;
    this.counts.undecodable += count;
    this.undecodableReason = reason;
  }

  #decode(packet: Uint8Array): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const version = packet.byteLength < 2 ? 0 : view.getUint16(0);
    if (version === 5) return decodeV5(view, this);
    if (version === 9) return decodeV9(view, this);
    if (version === 10) return decodeIpfix(view, this);
    // The version of sFlow has 32 bits.
    if (version === 0 && packet.byteLength >= 4 && view.getUint32(0) === 5) {
      return decodeSflow(view, this);
    }
    throw new DecodeError(describePacket(packet));
  }
}
