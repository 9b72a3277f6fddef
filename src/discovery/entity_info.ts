/**
 * A device that a bot should poll, with everything that Grafolean stores about it for one protocol.
 *
 * `details`, `credentialDetails` and `sensorDetails` belong to the protocol and are passed on as Grafolean stores them,
 * without validation: treat them as untrusted input. Form fields of Grafolean's UI arrive as strings.
 *
 * @typeParam Details The type of `details`, such as `{ ipv4: string }`.
 * @typeParam Credential The type of `credentialDetails`.
 * @typeParam Sensor The type of the `sensorDetails` of each sensor.
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
  /** The id of the account that the device belongs to, and that receives its values. */
  readonly accountId: number;
  /** The id of the device, unique across all accounts. */
  readonly entityId: number;
  /** The display name of the device; names need not be unique. */
  readonly name: string;
  /** The type of the entity; currently always `"device"`. */
  readonly entityType: string;
  /** The id of the entity that this one is part of, or `null`. */
  readonly parent: number | null;
  /** The details of the device, such as its address. */
  readonly details: Details;
  /** The display name of the credential that the device uses for this protocol. */
  readonly credentialName: string;
  /** The details of the credential that the device uses for this protocol. */
  readonly credentialDetails: Credential;
  /** The sensors enabled on the device for this protocol, at least one, sorted by id. */
  readonly sensors: readonly SensorInfo<Sensor>[];
}

/**
 * A sensor enabled on a device: something to measure, and how often.
 *
 * @typeParam Sensor The type of `sensorDetails`.
 */
export interface SensorInfo<Sensor = unknown> {
  /** The id of the sensor. */
  readonly sensorId: number;
  /** The display name of the sensor; names need not be unique. */
  readonly name: string;
  /** What to measure, in terms of the protocol. */
  readonly sensorDetails: Sensor;
  /**
   * How often to measure, in seconds: the interval set on the device, or else the default of the sensor. `null` if
   * neither is set, or if it is not a whole number above 0, which Grafolean accepts and the collector warns about; the
   * sensor is then not polled.
   */
  readonly interval: number | null;
}

/**
 * Returns the sensors of an entity that are due: those whose interval is among the affecting ones. Use it in a job that
 * polls a whole entity, so that slow sensors are not polled as often as fast ones.
 *
 * @param entity The entity, usually an {@linkcode EntityInfo}.
 * @param affectingIntervals The first parameter of a {@linkcode PerformJob}, in seconds.
 * @returns The due sensors in the order of the entity.
 *
 * @example
 * ```ts
 * import { dueSensors } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const sensors = [{ name: "load", interval: 60 }, { name: "disks", interval: 300 }];
 * assertEquals(dueSensors({ sensors }, [60]), [{ name: "load", interval: 60 }]);
 * ```
 */
export function dueSensors<Sensor extends Pick<SensorInfo, "interval">>(
  entity: { readonly sensors: readonly Sensor[] },
  affectingIntervals: readonly number[],
): Sensor[] {
  return entity.sensors.filter(({ interval }) =>
    interval !== null && affectingIntervals.includes(interval)
  );
}

/**
 * Returns the distinct intervals of all sensors of an entity, in seconds, ascending. Use them as the `intervals` of a
 * {@linkcode Job} that polls the whole entity. Sensors without an interval are left out.
 *
 * @param entity The entity, usually an {@linkcode EntityInfo}.
 * @returns The intervals; empty if no sensor has one.
 *
 * @example
 * ```ts
 * import { intervalsOf } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const sensors = [300, 60, null, 60].map((interval) => ({ interval }));
 * assertEquals(intervalsOf({ sensors }), [60, 300]);
 * ```
 */
export function intervalsOf(
  entity: { readonly sensors: readonly Pick<SensorInfo, "interval">[] },
): number[] {
  const intervals = new Set<number>();
  for (const { interval } of entity.sensors) if (interval !== null) intervals.add(interval);
  return [...intervals].sort((a, b) => a - b);
}
