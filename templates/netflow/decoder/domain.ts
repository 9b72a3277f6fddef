import { type BootTime, UNKNOWN } from "./boot_time.ts";
import { Connections } from "./connections.ts";
import { PendingSets } from "./pending_sets.ts";
import { SamplingRates, type SamplingRatesState } from "./sampling_rates.ts";
import { SequenceTracker } from "./sequence.ts";
import { TemplateCache, type TemplatesState } from "./template_cache.ts";

// Measured.
const BYTES = 1700;

/** The part of a {@linkcode Domain} that is kept over a restart of the bot. */
export interface DomainState {
  readonly version: number;
  readonly id: number;
  readonly boot: BootTime;
  readonly rates: SamplingRatesState;
  readonly templates: TemplatesState;
}

/**
 * What is known about one observation domain (such as a line card) of an exporter. NetFlow calls it the source id (v9) or
 * engine (v5).
 */
export class Domain {
  /** The version of the protocol, as each has ids of its own. */
  readonly version: number;
  /** Its id in the packets of the exporter. */
  readonly id: number;
  /** When the exporter booted. */
  boot: BootTime = UNKNOWN;
  /** Counts what was lost. */
  readonly sequence = new SequenceTracker();
  /** Sampling rates that were announced in it. */
  readonly rates: SamplingRates;
  /** The templates that were announced. */
  readonly templates = new TemplateCache();
  /** Data sets that wait for their template. */
  readonly pending = new PendingSets();
  /** The connections that a firewall reported. */
  readonly connections = new Connections();
  /** Its memory when that was last added up with that of others. */
  accountedBytes = 0;

  /** Constructs a new instance, without templates. */
  constructor(version: number, id: number, rates?: SamplingRatesState) {
    this.version = version;
    this.id = id;
    this.rates = new SamplingRates(rates);
  }

  /** Returns the state to keep over a restart. */
  state(): DomainState {
    const { version, id, boot, rates, templates } = this;
    return { version, id, boot, rates: rates.toJSON(), templates: templates.toJSON() };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return BYTES + this.sequence.memoryBytes + this.rates.memoryBytes + this.templates.memoryBytes +
      this.pending.memoryBytes +
      this.connections.memoryBytes;
  }
}
