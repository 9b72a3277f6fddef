import type { PacketTimes } from "./boot_times.ts";
import { DecodeError } from "./decode_error.ts";
import { isDecoderState } from "./decoder_state.ts";
import { describePacket } from "./describe_packet.ts";
import type { Domain } from "./domain.ts";
import { Domains, type DomainsState } from "./domains.ts";
import type { OnFlow } from "./flow.ts";
import { decodeIpfix } from "./ipfix.ts";
import { decodeV5 } from "./netflow_v5.ts";
import { decodeV9 } from "./netflow_v9.ts";
import { SamplingRates, type SamplingRatesState } from "./sampling.ts";
import { decodeSflow } from "./sflow_v5.ts";

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
  /** Data sets whose template did not arrive in time, and records without a plausible byte count. */
  undecodable: number;
}

/** Options of a {@linkcode Decoder}. */
export interface DecoderOptions {
  /** Whether bytes are multiplied by the sampling rate that the exporter announces. @default true */
  readonly scaleSampled?: boolean;
  /** State from before a restart of the bot. A damaged one is ignored. */
  readonly state?: DecoderState | undefined;
}

/** The part of a {@linkcode Decoder} that is kept over a restart of the bot, as plain data. */
export interface DecoderState {
  readonly rates: SamplingRatesState;
  readonly domains: DomainsState;
}

// Enough for 5,000 domains with two templates of twenty fields each.
const MAX_BYTES = 32 * 1024 * 1024;

// How often all domains are searched for data sets that have waited too long.
const EXPIRY_MS = 10_000;

/** Decodes the packets from one address. Its memory is bounded, whatever they hold. */
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
  /** How much memory it may take, in bytes. */
  maxMemoryBytes: number = MAX_BYTES;
  readonly #domains: Domains;
  #fault: string | undefined;
  #expiredAt = 0;
  #hasMadeRoom = false;

  /** Constructs a new instance. */
  constructor({ scaleSampled = true, state }: DecoderOptions = {}) {
    this.scaleSampled = scaleSampled;
    const valid = isDecoderState(state) ? state : undefined;
    this.rates = new SamplingRates(valid?.rates);
    this.#domains = new Domains(valid?.domains);
  }

  /** Returns the state to keep over a restart. */
  toJSON(): DecoderState {
    return { rates: this.rates.toJSON(), domains: this.#domains.toJSON() };
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
    this.#fault = undefined;
    if (Math.abs(now - this.#expiredAt) >= EXPIRY_MS) {
      this.#expiredAt = now;
      this.countPendingDropped(this.#domains.dropExpired(now));
    }
    this.attempt(() => this.#decode(packet, now, onFlow));
    if (this.#fault !== undefined) {
      this.counts.malformed++;
      this.malformedReason = this.#fault;
    }
    const dropped = this.#domains.makeRoom(this.maxMemoryBytes - this.rates.memoryBytes);
    if (dropped === undefined) return;
    this.#hasMadeRoom = true;
    this.countPendingDropped(dropped);
  }

  /** Reads a packet or a part of it. If it is malformed, what follows can still be read. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.reportFault(error.message);
      return undefined;
    }
  }

  /** Reports what is wrong with a packet that can be read nevertheless. Each packet counts once. */
  reportFault(reason: string): void {
    this.#fault ??= reason;
  }

  /** Counts data sets, records or samples that cannot be decoded. */
  countUndecodable(count: number, reason: string): void {
    if (count === 0) return;
    this.counts.undecodable += count;
    this.undecodableReason = reason;
  }

  /** Counts data sets whose template did not arrive. */
  countPendingDropped(count: number): void {
    const reason = this.#hasMadeRoom
      ? `its templates need more than ${this.maxMemoryBytes >> 20} MiB, so some were dropped`
      : "data without a template that arrived within a minute";
    this.countUndecodable(count, reason);
  }

  /** Returns the domain of a packet, see {@linkcode Domains.find}. */
  domain(version: number, id: number, sequence?: number, times?: PacketTimes): Domain {
    return this.#domains.find(version, id, sequence, times);
  }

  #decode(packet: Uint8Array, now: number, onFlow: OnFlow): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const version = packet.byteLength < 2 ? 0 : view.getUint16(0);
    if (version === 5) return decodeV5(view, { decoder: this, now, onFlow });
    if (version === 9) return decodeV9(view, { decoder: this, now, onFlow });
    if (version === 10) return decodeIpfix(view, { decoder: this, now, onFlow });
    // The version of sFlow has 32 bits.
    if (version === 0 && packet.byteLength >= 4 && view.getUint32(0) === 5) {
      return decodeSflow(view, this, onFlow);
    }
    throw new DecodeError(describePacket(packet));
  }
}
