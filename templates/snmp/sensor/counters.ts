import { CounterRate, type CounterReading } from "@grafolean/collector/toolkit";
import type { PollResult, Sample, WantedOid } from "../client/poll.ts";
import { toNumber } from "../client/varbind.ts";

/** A reading of a counter. */
export interface CounterSample {
  /** Identifies the counter among those of the device. */
  readonly key: string;
  /** Its complete OID. */
  readonly oid: string;
  /** Its count. */
  readonly count: bigint;
  /** When it was read, in seconds since 1970. */
  readonly at: number;
}

/** Converts a counter to its increase per second since the previous reading. */
export type ToRate = (counter: CounterSample) => CounterReading;

const SYS_UP_TIME: WantedOid = { oid: "1.3.6.1.2.1.1.3.0", walk: false };
const IF_DESCR = "1.3.6.1.2.1.2.2.1.2";

// The counters in the columns of ifTable and ifXTable, with the index of the interface unless it is a whole column.
const INTERFACE_COUNTER =
  /^1\.3\.6\.1\.2\.1\.(?:2\.2\.1\.(?:1\d|20)|31\.1\.1\.1\.(?:[2-9]|1[0-3]))(?:\.(\d+))?$/;

// How long an OID that the device hides is not polled again, in seconds.
const HIDDEN_FOR_S = 3600;

/**
 * The counters of one device. They start anew when the device has restarted, and those of an interface when its index now
 * belongs to another one: the difference to a count of before would be a peak that never was.
 */
export class DeviceCounters {
  #rates = new CounterRate();
  /** `undefined` until the first poll. */
  #hasCounters: boolean | undefined;
  /** The uptime of the device at the last poll, in hundredths of a second. */
  #upTime: number | undefined;
  /** The name of each interface by index, and how often it has changed. */
  readonly #interfaces = new Map<string, { readonly name: string; readonly changes: number }>();
  /** Until when the OIDs that the device hides are not polled. */
  readonly #hidden = new Map<string, number>();

  /** Returns what to poll besides the OIDs of the sensors, to notice a restart and other indexes. */
  companions(wanted: readonly WantedOid[], now: number): WantedOid[] {
    const companions = this.#hasCounters === false ? [] : [SYS_UP_TIME];
    for (const { oid, walk } of wanted) {
      const match = INTERFACE_COUNTER.exec(oid);
      if (match === null) continue;
      const [, index] = match;
      if (walk && index === undefined) companions.push({ oid: IF_DESCR, walk });
      if (!walk && index !== undefined) companions.push({ oid: `${IF_DESCR}.${index}`, walk });
    }
    return companions.filter(({ oid }) => now >= (this.#hidden.get(oid) ?? 0));
  }

  /** Returns the function that converts the counters of one poll. */
  reader(result: PollResult): ToRate {
    this.#hasCounters ??= false;
    let isFirst = true;
    return ({ key, oid, count, at }) => {
      if (isFirst) this.#checkRestart(result, at);
      isFirst = false;
      const index = INTERFACE_COUNTER.exec(oid)?.[1];
      const changes = index === undefined ? 0 : this.#changesOf(index, result, at);
      return this.#rates.read(`${key}/${changes}`, count, at);
    };
  }

  #checkRestart(result: PollResult, now: number): void {
    this.#hasCounters = true;
    const value = this.#sampleOf(SYS_UP_TIME, undefined, result, now)?.value;
    if (value === undefined) return;
    const upTime = toNumber(value);
    if (this.#upTime !== undefined && upTime < this.#upTime) this.#rates = new CounterRate();
    this.#upTime = upTime;
  }

  #changesOf(index: string, result: PollResult, now: number): number {
    const sample = this.#sampleOf({ oid: IF_DESCR, walk: true }, index, result, now) ??
      this.#sampleOf({ oid: `${IF_DESCR}.${index}`, walk: false }, index, result, now);
    const known = this.#interfaces.get(index);
    if (sample?.value === undefined) return known?.changes ?? 0;
    const name = String(sample.value.value);
    if (known?.name === name) return known.changes;
    const changes = known === undefined ? 0 : known.changes + 1;
    this.#interfaces.set(index, { name, changes });
    return changes;
  }

  /** Returns the sample of a companion. One without any, on a device that has counters, is hidden. */
  #sampleOf(
    companion: WantedOid,
    index: string | undefined,
    result: PollResult,
    now: number,
  ): Sample | undefined {
    const samples = result.get(companion);
    if (samples === undefined) return undefined;
    if (samples instanceof Map && samples.size > 0) return samples.get(index ?? "");
    if ("value" in samples && samples.value !== undefined) return samples;
    this.#hidden.set(companion.oid, now + HIDDEN_FOR_S);
    return undefined;
  }
}
