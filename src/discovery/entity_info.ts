/**
 * One device that a bot should poll, with everything that Grafolean knows about it for one protocol.
 *
 * `details`, `credentialDetails` and `sensorDetails` are passed on exactly as Grafolean stores them, since they belong
 * to the protocol. Nothing checks them on the way: a bot should treat them as the input they are. Form fields of
 * Grafolean's UI arrive as strings.
 *
 * @typeParam Details The form of `details`, such as `{ ipv4: string }`.
 * @typeParam Credential The form of `credentialDetails`.
 * @typeParam Sensor The form of the `sensorDetails` of each sensor.
 *
 * @example
 * ```ts
 * import type { EntityInfo } from "@grafolean/collector";
 *
 * type PingDevice = EntityInfo<{ ipv4: string }, { timeout: string }, { n: number }>;
 * const address = (device: PingDevice): string => device.details.ipv4;
 * console.log(typeof address);
 * ```
 */
export interface EntityInfo<Details = unknown, Credential = unknown, Sensor = unknown> {
  /** The account that the device belongs to; values about it are sent there. */
  readonly accountId: number;
  /** The id of the device, unique in the whole installation. */
  readonly entityId: number;
  /** The name that people gave the device. */
  readonly name: string;
  /** `"device"` for everything that a bot is given today. */
  readonly entityType: string;
  /** The id of the entity that this one is a part of, if any. */
  readonly parent: number | null;
  /** The entity's own details, such as its address. */
  readonly details: Details;
  /** The details of the credential that the device uses for this protocol. */
  readonly credentialDetails: Credential;
  /** The sensors that are enabled on the device for this protocol; at least one. */
  readonly sensors: readonly SensorInfo<Sensor>[];
}

/**
 * One thing to measure on a device.
 *
 * @typeParam Sensor The form of `sensorDetails`.
 */
export interface SensorInfo<Sensor = unknown> {
  /** The id of the sensor. */
  readonly sensorId: number;
  /** What to measure, in the protocol's own terms. */
  readonly sensorDetails: Sensor;
  /**
   * How often to measure, in seconds: the interval set on the device, else the sensor's default, else `null`, which
   * means that the sensor is not polled. An interval of 0 or less, which Grafolean takes, is `null` as well, with a
   * warning.
   */
  readonly interval: number | null;
}

/**
 * Lists the intervals of all sensors of an entity, ascending and each once: what a job for the whole entity needs as
 * its `intervals`. Sensors without an interval are left out.
 *
 * @example
 * ```ts
 * import { intervalsOf } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const sensors = [300, 60, null, 60].map((interval, n) => ({
 *   sensorId: n,
 *   sensorDetails: {},
 *   interval,
 * }));
 * assertEquals(intervalsOf({ sensors }), [60, 300]);
 * ```
 */
export function intervalsOf(entity: Pick<EntityInfo, "sensors">): number[] {
  const intervals = new Set<number>();
  for (const { interval } of entity.sensors) if (interval !== null) intervals.add(interval);
  return [...intervals].sort((a, b) => a - b);
}
