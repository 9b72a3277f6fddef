import { isDeepEqual } from "../util/is_deep_equal.ts";
import { ConfigError } from "../util/errors.ts";
import { formatDuration } from "../util/format_duration.ts";
import { type AccountContext, readListOf } from "./context.ts";
import { createNamed } from "./create_named.ts";
import type { SetupDefinition, SetupSensor } from "./definition.ts";
import { NO_SENSOR } from "./dashboard.ts";
import { type ChosenDevice, orphanedProtocol } from "./device.ts";
import { readSensors, type SensorRecord } from "./records.ts";

/** What becomes of a declared sensor. */
interface DeclaredSensor {
  readonly sensor: SetupSensor;
  /** The existing one. */
  readonly record: SensorRecord | undefined;
  /** Whether the device gets it; it is created if there is none. */
  readonly isAdded: boolean;
}

/** The sensors of the account, as far as they concern the setup. */
export interface FoundSensors {
  /** The declared sensors in order. */
  readonly declared: readonly DeclaredSensor[];
  /** The existing sensors to get another interval. */
  readonly intervals: ReadonlyMap<SensorRecord, number>;
  /** All sensors of the account. */
  readonly all: readonly SensorRecord[];
}

/**
 * Finds the declared sensors, and those of `--interval`. Creates nothing.
 *
 * @throws {ConfigError} If there is no sensor of a name in `--interval`.
 */
export async function findSensors(
  context: AccountContext,
  device: ChosenDevice,
): Promise<FoundSensors> {
  const { definition, flags } = context;
  const all = await readListOf(context, "sensors", readSensors);
  const ofProtocol = all.filter(({ protocol }) => protocol === definition.protocol);
  const declared = declaredSensors(definition, ofProtocol, device);
  const intervals = new Map<SensorRecord, number>();
  const unknown: string[] = [];
  for (const [name, seconds] of flags.intervals) {
    const match = declared.find(({ sensor }) => sensor.name === name);
    const record = match?.record ??
      ofProtocol.find((each) => each.name === name || `${each.id}` === name);
    if (record !== undefined) {
      if (record.default_interval !== seconds) intervals.set(record, seconds);
    } else if (match?.isAdded !== true) unknown.push(name);
  }
  if (unknown.length > 0) {
    const usable = declared.flatMap(({ sensor, record, isAdded }) =>
      isAdded ? sensor.name : record?.name ?? []
    );
    const names = new Set([...usable, ...ofProtocol.map(({ name }) => name)]);
    const expected = [...names].map((name) => `"${name}"`).join(", ");
    throw new ConfigError(
      unknown.map((name) => `There is no sensor "${name}": expected one of ${expected}`),
    );
  }
  return { declared, intervals, all };
}

function declaredSensors(
  { sensors, protocol }: SetupDefinition,
  ofProtocol: readonly SensorRecord[],
  { entity, sensorIds }: ChosenDevice,
): readonly DeclaredSensor[] {
  const anywhere = matchSensors(sensors, ofProtocol);
  if (sensorIds.length === 0) {
    return sensors.map((sensor, index) => ({ sensor, record: anywhere[index], isAdded: true }));
  }
  // People chose these, maybe others than the declared ones.
  const own = ofProtocol.filter(({ id }) => sensorIds.includes(id));
  // If there is one kind of sensor, they are of this kind.
  const onDevice = sensors.length === 1
    ? [matchSensors(sensors, own)[0] ?? own[0]]
    : matchSensors(sensors, own);
  // If they are all declared, a sensor that is nowhere has been added to the declaration since, or was deleted.
  const mayAdd = own.every((each) => onDevice.includes(each)) &&
    (entity === undefined || orphanedProtocol(entity, protocol) === undefined);
  return sensors.map((sensor, index) => ({
    sensor,
    record: onDevice[index],
    isAdded: mayAdd && onDevice[index] === undefined && anywhere[index] === undefined,
  }));
}

/** Finds an existing sensor for each declared one: first by name, then, as it may be renamed, by what it measures. */
function matchSensors(
  sensors: readonly SetupSensor[],
  existing: readonly SensorRecord[],
): readonly (SensorRecord | undefined)[] {
  const named = sensors.map(({ name }) => existing.find((each) => each.name === name));
  const free = new Set(existing.filter((each) => !named.includes(each)));
  return sensors.map(({ details = {} }, index) => {
    const record = named[index] ?? [...free].find((each) => isDeepEqual(each.details, details));
    if (record !== undefined) free.delete(record);
    return record;
  });
}

/** The sensors of a device after a setup. */
interface EnsuredSensors {
  /** The ids of the declared sensors, for the charts. */
  readonly ids: readonly number[];
  /** The sensors that the device gets. */
  readonly added: readonly { readonly id: number; readonly name: string }[];
}

/** Creates the sensors that are missing, and sets the intervals of `--interval`. */
export async function ensureSensors(
  context: AccountContext,
  { name: device }: ChosenDevice,
  { declared, intervals, all }: FoundSensors,
): Promise<EnsuredSensors> {
  const { session, definition: { protocol }, flags, report, path } = context;
  const ids: number[] = [];
  const added: { id: number; name: string }[] = [];
  for (const { sensor, record, isAdded } of declared) {
    let id = record?.id ?? NO_SENSOR;
    if (record !== undefined) {
      if (!intervals.has(record)) {
        report.exists(`sensor "${record.name}" (${describe(record.default_interval)})`);
      }
    } else if (isAdded) {
      const { name, details = {} } = sensor;
      const interval = flags.intervals.get(name) ?? sensor.interval;
      const data = { name, protocol, default_interval: interval, details };
      id = await createNamed(context, "sensors", data, all, ` (${describe(interval)})`);
    } else report.note(`the device "${device}" stays without the sensor "${sensor.name}"`);
    ids.push(id);
    if (isAdded) added.push({ id, name: sensor.name });
  }
  for (const [{ id, name, default_interval: before, details }, seconds] of intervals) {
    await report.change(
      `sensor "${name}": ${describe(seconds)} (before: ${describe(before)})`,
      () =>
        session.put(`${path}/sensors/${id}`, {
          name,
          protocol,
          default_interval: seconds,
          details,
        }),
    );
  }
  return { ids, added };
}

function describe(interval: number | null): string {
  return interval === null ? "not periodic" : `every ${formatDuration(interval)}`;
}
