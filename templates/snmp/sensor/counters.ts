import { CounterRate, type CounterReading } from "@grafolean/collector/toolkit";
import { SYS_UP_TIME } from "../client/oid.ts";
import type { PollResult, WantedOid } from "../client/poll.ts";
import { type SnmpValue, toNumber } from "../client/varbind.ts";

/**
 * Converts a counter to its increase per second since the previous reading.
 *
 * @param key Identifies the counter among those of the device.
 * @param oid Its complete OID.
 * @param at When it was read, in seconds since 1970.
 */
export type ToRate = (key: string, oid: string, count: bigint, at: number) => CounterReading;

const UP_TIME: WantedOid = { oid: SYS_UP_TIME, walk: false };
const IF_DESCR: WantedOid = { oid: "1.3.6.1.2.1.2.2.1.2", walk: true };

// The counters in the columns of ifTable and ifXTable, with the index of the interface unless it is a whole column.
const INTERFACE_COUNTER =
  /^1\.3\.6\.1\.2\.1\.(?:2\.2\.1\.(?:1\d|20)|31\.1\.1\.1\.(?:[2-9]|1[0-3]))(?:\.(\d+))?$/;

// For counters that are read once a week.
const KEPT_FOR_S = 8 * 86_400;

/**
 * The counters of one device. They start anew when the device has restarted, and those of an interface when its index now
 * belongs to another one: the difference to a count of before would be a peak that never was.
 */
export class DeviceCounters {
  #rates = new CounterRate({ forgetAfter: KEPT_FOR_S });
  /** In hundredths of a second. */
  #upTime = 0;

  /** Returns what to poll besides the OIDs of the sensors, to notice a restart and other indexes. */
  companions(wanted: readonly WantedOid[]): WantedOid[] {
    const companions = [UP_TIME];
    for (const { oid, walk } of wanted) {
      const match = INTERFACE_COUNTER.exec(oid);
      if (match === null) continue;
      const [, index] = match;
      if (walk && index === undefined) companions.push(IF_DESCR);
      if (!walk && index !== undefined) companions.push(ifDescrOf(index));
    }
    return companions;
  }

  /** Returns the function that converts the counters of one poll. */
  reader(result: PollResult): ToRate {
    const value = valueOf(UP_TIME, result);
    const upTime = value === undefined ? NaN : toNumber(value);
    if (upTime < this.#upTime) this.#rates = new CounterRate({ forgetAfter: KEPT_FOR_S });
    if (!Number.isNaN(upTime)) this.#upTime = upTime;
    return (key, oid, count, at) => {
      const index = INTERFACE_COUNTER.exec(oid)?.[1];
      // The counter of another interface is another counter. So is one in a run without the name.
      const name = index === undefined ? undefined : nameOf(index, result);
      return this.#rates.read(`${key}/${name?.value}`, count, at);
    };
  }
}

function nameOf(index: string, result: PollResult): SnmpValue | undefined {
  const names = result.get(IF_DESCR);
  return names instanceof Map ? names.get(index)?.value : valueOf(ifDescrOf(index), result);
}

function ifDescrOf(index: string): WantedOid {
  return { oid: `${IF_DESCR.oid}.${index}`, walk: false };
}

function valueOf(wanted: WantedOid, result: PollResult): SnmpValue | undefined {
  const sample = result.get(wanted);
  return sample !== undefined && "value" in sample ? sample.value : undefined;
}
