import type { BootTime } from "./boot_time.ts";
import type { Domain } from "./domain.ts";
import type { OnFlow } from "./flow.ts";
import type { SamplingRates } from "./sampling_rates.ts";

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

/** What those who read a packet need to know about its exporter, and where they report what they find. */
export interface DecodeContext {
  /** Time of arrival of the packet, in milliseconds. */
  readonly now: number;
  /** Called for each flow. */
  readonly onFlow: OnFlow;
  /** Counters of the exporter. */
  readonly counts: DecoderCounts;
  /** The sampling rate that an administrator stated for the exporter, which holds whatever it announces. */
  readonly samplingRate: number | undefined;
  /** Whether bytes are multiplied by the sampling rate that the exporter announces. */
  readonly scaleSampled: boolean;
  /** Sampling rates that were announced for the exporter as a whole. */
  readonly rates: SamplingRates;

  /** Returns an observation domain of the exporter, see `Domains.find`. */
  domain(version: number, id: number, boot?: BootTime, sequence?: number): Domain;
  /** Reads a part of the packet. If it is malformed, that is reported, and what follows can still be read. */
  attempt<T>(read: () => T): T | undefined;
  /** Reports what is wrong with the packet. Each packet counts once. */
  reportFault(reason: string): void;
  /** Counts data sets, records or samples that cannot be decoded. */
  countUndecodable(count: number, reason: string): void;
}
