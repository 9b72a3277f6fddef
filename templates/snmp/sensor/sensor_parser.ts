import type { SensorInfo } from "@grafolean/collector";
import { parseSensor, type Sensor } from "./sensor.ts";

/** A sensor of a device. */
export interface DeviceSensor extends Sensor {
  /** Its name and id for the log, such as `"traffic" (id 12)`. */
  readonly title: string;
  /** Its id. */
  readonly sensorId: number;
  /** How often it is polled, in seconds. */
  readonly interval: number;
}

/**
 * Parses the sensors of all devices, at each refresh a new one. A sensor that has not changed stays the same object, however
 * many devices have it: so it is parsed once, and the jobs of its devices are left alone.
 */
export class SensorParser {
  /** What is wrong with sensors. Devices share them: equal messages are one problem. */
  readonly problems = new Set<string>();
  readonly #parsed = new Map<string, DeviceSensor>();
  readonly #known: ReadonlyMap<string, DeviceSensor>;

  /**
   * Constructs a new instance.
   *
   * @param previous The parser of the previous refresh.
   */
  constructor(previous?: SensorParser) {
    this.#known = previous === undefined ? new Map() : previous.#parsed;
  }

  /** Returns the sensors of a device that can be polled. Of several with the same paths, the first one wins. */
  parse(sensors: readonly SensorInfo[]): DeviceSensor[] {
    const byPaths = new Map<string, DeviceSensor>();
    for (const { name, sensorId, interval, sensorDetails } of sensors) {
      if (interval === null) continue;
      const title = `"${name}" (id ${sensorId})`;
      try {
        const key = JSON.stringify([title, interval, sensorDetails]);
        const sensor = this.#parsed.get(key) ?? this.#known.get(key) ??
          { title, sensorId, interval, ...parseSensor(sensorDetails) };
        this.#parsed.set(key, sensor);
        const paths = pathsOf(sensor);
        const first = byPaths.get(paths);
        if (first === undefined) byPaths.set(paths, sensor);
        else {
          this.problems.add(
            `Sensor ${title} is left out on devices that also have ${first.title}: both have the output path "${sensor.outputPath.text}"; give each sensor its own`,
          );
        }
      } catch (error) {
        this.problems.add(`Sensor ${title} is left out: ${(error as Error).message}`);
      }
    }
    return [...byPaths.values()];
  }
}

/** The paths of a sensor as far as they are known before a poll: columns of one table have the same indexes. */
function pathsOf({ oids, outputPath }: Sensor): string {
  const walked = oids.find(({ walk }) => walk)?.oid;
  const table = walked?.slice(0, walked.lastIndexOf("."));
  return outputPath.fill((variable) => oids[variable - 1]?.oid ?? "", table ?? "0") ?? "";
}
