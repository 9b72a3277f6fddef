import { VERSION } from "../../util/version.ts";

// The used part of `@opentelemetry/api`. It is not imported: whoever turns OpenTelemetry on has registered one in this
// process, a copy of ours would silently ignore an older one, and nobody else should have to download it.

/** Makes instruments, which pass numbers to OpenTelemetry. */
export interface Meter {
  createHistogram(name: string, options: InstrumentOptions): HistogramInstrument;
  createObservableCounter(name: string, options: InstrumentOptions): object;
  createObservableGauge(name: string, options: InstrumentOptions): object;
  addBatchObservableCallback(callback: ObservableCallback, instruments: object[]): void;
  removeBatchObservableCallback(callback: ObservableCallback, instruments: object[]): void;
}

/** Options of an instrument. */
export interface InstrumentOptions {
  /** What it measures. */
  readonly description: string;
  /** Its unit. */
  readonly unit: string;
  /** How its observations are counted. */
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/** Records single observations. */
export interface HistogramInstrument {
  record(value: number, attributes?: Attributes): void;
}

/** Called whenever numbers are exported. */
export type ObservableCallback = (result: ObservableResult) => void;

interface ObservableResult {
  observe(instrument: object, value: number, attributes?: Attributes): void;
}

type Attributes = Record<string, string>;

// Where any copy of version 1 of the API finds what is registered.
const API = Symbol.for("opentelemetry.js.api.1");

/** Returns what passes numbers to OpenTelemetry; `undefined` if nobody has turned that on. */
export function registeredMeter(): Meter | undefined {
  const api = (globalThis as {
    readonly [API]?: { readonly metrics?: { getMeter(name: string, version: string): Meter } };
  })[API];
  return api?.metrics?.getMeter("@grafolean/collector", VERSION);
}
