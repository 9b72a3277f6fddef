import type { JobContext } from "@grafolean/collector";
import type { PollResult, Samples, WantedOid } from "../client/poll.ts";
import { SnmpError } from "../client/snmp_error.ts";
import { DeviceCounters } from "./counters.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { reportProblems } from "./problems.ts";
import type { DeviceSensor } from "./sensor_parser.ts";

/** Computes the values of one device, and remembers of previous polls what it takes for that. */
export class DeviceValues {
  readonly #counters = new DeviceCounters();
  /** Which sensor keeps a path that several have: the first one, also in runs in which it is not polled. */
  readonly #sharedPaths = new Map<string, DeviceSensor>();

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
  ): Map<DeviceSensor, Evaluation> {
    const toRate = this.#counters.reader(result);
    for (const [path, owner] of this.#sharedPaths) {
      if (!all.includes(owner)) this.#sharedPaths.delete(path);
    }
    const owners = new Map(this.#sharedPaths);
    const evaluations = new Map<DeviceSensor, Evaluation>();
    for (const sensor of sensors) {
      const samples = sensor.oids.map((oid) => result.get(oid));
      // The poll ended early, which is reported once for all sensors.
      if (samples.includes(undefined)) continue;
      const error = samples.find((each) => each instanceof SnmpError);
      if (error !== undefined) {
        reportProblems(sensor, error, context);
        continue;
      }
      const evaluation = evaluate(
        sensor,
        samples as Samples[],
        (key, ...counter) => toRate(`${sensor.sensorId}/${key}`, ...counter),
        (path) => {
          const owner = owners.get(path) ?? sensor;
          owners.set(path, owner);
          if (owner === sensor) return undefined;
          this.#sharedPaths.set(path, owner);
          return owner.title;
        },
      );
      reportProblems(sensor, evaluation.problems, context);
      evaluations.set(sensor, evaluation);
    }
    return evaluations;
  }
}
