import type { JobContext } from "@grafolean/collector";
import type { PollResult, Samples, WantedOid } from "../client/poll.ts";
import { SnmpError } from "../client/snmp_error.ts";
import { DeviceCounters } from "./counters.ts";
import { evaluate } from "./evaluate.ts";
import { PathOwners } from "./path_owners.ts";
import { type Problem, reportProblems } from "./problems.ts";
import type { DeviceSensor } from "./sensor_parser.ts";

/** The values of a sensor in one poll. */
export interface SensorValues {
  /** The sensor. */
  readonly sensor: DeviceSensor;
  /** Its values by path below `entity.<id>.snmp`. */
  readonly values: ReadonlyMap<string, number>;
  /** Whether it has read a counter for the first time, which gives no value yet. */
  readonly isStarting: boolean;
}

/** Computes the values of one device, and remembers of previous polls what it takes for that. */
export class DeviceValues {
  readonly #counters = new DeviceCounters();
  readonly #owners = new PathOwners();

  /** Returns the OIDs to poll for these sensors. */
  wanted(sensors: readonly DeviceSensor[]): WantedOid[] {
    const wanted = sensors.flatMap(({ oids }) => oids);
    return [...wanted, ...this.#counters.companions(wanted)];
  }

  /**
   * Computes the values of sensors that were polled together, and reports why some are missing.
   *
   * @param all All sensors of the device.
   */
  evaluate(
    sensors: readonly DeviceSensor[],
    all: readonly DeviceSensor[],
    result: PollResult,
    context: Pick<JobContext, "log" | "problems">,
  ): SensorValues[] {
    const toRate = this.#counters.reader(result);
    this.#owners.startRun(all);
    const evaluated: SensorValues[] = [];
    for (const sensor of sensors) {
      const samples = samplesOf(sensor, result);
      // The poll ended early, which is reported once for all sensors.
      if (samples === undefined) continue;
      if (samples instanceof SnmpError) {
        reportProblems(sensor, [], [`Sensor ${sensor.title}: ${samples.message}`], context);
        continue;
      }
      const { sensorId } = sensor;
      const { values, problems } = evaluate(
        sensor,
        samples,
        (counter) => toRate({ ...counter, key: `${sensorId}/${counter.key}` }),
      );
      const own = new Map<string, number>();
      const taken = new Map<DeviceSensor, string[]>();
      for (const [path, value] of values) {
        const owner = this.#owners.ownerOf(path, sensor);
        if (owner === sensor) own.set(path, value);
        else taken.set(owner, [...taken.get(owner) ?? [], path]);
      }
      reportProblems(sensor, problems, describeTaken(sensor, taken), context);
      evaluated.push({ sensor, values: own, isStarting: problems.some(isFirstReading) });
    }
    return evaluated;
  }
}

/** Returns the samples of a sensor, or why it has none; `undefined` if the poll ended before it. */
function samplesOf({ oids }: DeviceSensor, result: PollResult): Samples[] | SnmpError | undefined {
  const samples: Samples[] = [];
  for (const oid of oids) {
    const each = result.get(oid);
    if (each === undefined || each instanceof SnmpError) return each;
    samples.push(each);
  }
  return samples;
}

function isFirstReading({ reason }: Problem): boolean {
  return reason === "first reading of a counter";
}

function describeTaken(
  { title }: DeviceSensor,
  taken: ReadonlyMap<DeviceSensor, readonly string[]>,
): string[] {
  return [...taken].map(([owner, [path, ...others]]) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `Sensor ${title} has no value for the path "${path}"${more}, which ${owner.title} has too; give each sensor its own`;
  });
}
