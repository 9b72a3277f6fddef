import { BootTimes, type BootTimesState, type PacketTimes } from "./boot_times.ts";
import { Connections } from "./connections.ts";
import { PendingSets } from "./pending_sets.ts";
import { SamplingRates, type SamplingRatesState } from "./sampling.ts";
import { SequenceTracker } from "./sequence.ts";
import { TemplateCache, type TemplateState } from "./template_cache.ts";

// Measured.
const BYTES = 1700;

/** The part of a {@linkcode Domain} that is kept over a restart of the bot, as plain data. */
export interface DomainState {
  readonly boot?: BootTimesState | undefined;
  readonly sequence: readonly number[];
  readonly rates: SamplingRatesState;
  readonly templates: readonly TemplateState[];
}

/**
 * What is known about one observation domain (such as a line card) of an exporter since it booted. NetFlow calls it the
 * source id (v9) or engine (v5).
 */
export class Domain {
  /** Its id in the packets of the exporter. */
  readonly id: number;
  /** When the exporter booted; `undefined` for protocols that do not tell. */
  readonly boot: BootTimes | undefined;
  /** Counts what was lost. */
  readonly sequence: SequenceTracker;
  /** Sampling rates that were announced in it. */
  readonly rates: SamplingRates;
  /** The templates that were announced. */
  readonly templates: TemplateCache;
  /** Data sets that wait for their template. */
  readonly pending = new PendingSets();
  /** The connections that a firewall reported. */
  readonly connections = new Connections();

  /** Constructs a new instance, when its first packet arrives or from the state before a restart of the bot. */
  constructor(id: number, times?: PacketTimes, state?: DomainState) {
    this.id = id;
    const boot = state?.boot ?? times;
    this.boot = boot && new BootTimes(boot);
    this.sequence = new SequenceTracker(state?.sequence);
    this.rates = new SamplingRates(state?.rates);
    this.templates = new TemplateCache(state?.templates);
  }

  /** Returns the state to keep over a restart. */
  toJSON(): DomainState {
    const { boot, sequence, rates, templates } = this;
    return {
      boot: boot?.toJSON(),
      sequence: sequence.toJSON(),
      rates: rates.toJSON(),
      templates: templates.toJSON(),
    };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return BYTES + this.rates.memoryBytes + this.templates.memoryBytes + this.pending.memoryBytes +
      this.connections.memoryBytes;
  }
}
