import { isDeepEqual } from "../jobs/is_deep_equal.ts";
import { ConfigError } from "../util/errors.ts";
import { formatDuration } from "../util/format_duration.ts";
import type { AccountContext } from "./context.ts";
import { createNamed } from "./create_named.ts";
import type { SetupSensor } from "./definition.ts";
import type { ChosenDevice } from "./device.ts";
import { readSensors, type SensorRecord } from "./records.ts";
import { PLANNED } from "./report.ts";

/** What the account has of the declared sensors. */
export interface FoundSensors {
  /** The declared sensors in order, each with the existing one, if there is one. */
  readonly declared: readonly {
    readonly sensor: SetupSensor;
    readonly record: SensorRecord | undefined;
  }[];
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
  { session, definition, flags, account, path }: AccountContext,
): Promise<FoundSensors> {
  const all = account.id === PLANNED ? [] : await session.get(`${path}/sensors`, readSensors);
  const own = all.filter(({ protocol }) => protocol === definition.protocol);
  const declared = matchSensors(definition.sensors, own);
  const intervals = new Map<SensorRecord, number>();
  const unknown: string[] = [];
  for (const [name, seconds] of flags.intervals) {
    const match = declared.find(({ sensor }) => sensor.name === name);
    const record = match?.record ?? own.find((each) => each.name === name || `${each.id}` === name);
    if (record !== undefined) intervals.set(record, seconds);
    else if (match === undefined) unknown.push(name);
  }
  if (unknown.length > 0) {
    const names = new Set([...definition.sensors, ...own].map(({ name }) => `"${name}"`));
    throw new ConfigError(
      unknown.map((name) =>
        `There is no sensor "${name}": expected one of ${[...names].join(", ")}`
      ),
    );
  }
  return { declared, intervals, all };
}

/** Finds an existing sensor for each declared one: first by name, then, as it may be renamed, by what it measures. */
function matchSensors(
  sensors: readonly SetupSensor[],
  existing: readonly SensorRecord[],
): FoundSensors["declared"] {
  const named = sensors.map(({ name }) => existing.find((each) => each.name === name));
  const free = new Set(existing.filter((each) => !named.includes(each)));
  return sensors.map((sensor, index) => {
    const { details = {} } = sensor;
    const record = named[index] ?? [...free].find((each) => isDeepEqual(each.details, details));
    if (record !== undefined) free.delete(record);
    return { sensor, record };
  });
}

/** Creates the missing sensors, and sets the intervals of `--interval`. Returns the ids of the declared sensors. */
export async function ensureSensors(
  context: AccountContext,
  { declared, intervals, all }: FoundSensors,
): Promise<readonly number[]> {
  const { session, definition, flags, report, path } = context;
  const kind = { noun: "sensor", path: `${path}/sensors`, read: readSensors };
  const ids: number[] = [];
  for (const { sensor, record } of declared) {
    if (record !== undefined) {
      ids.push(record.id);
      if (!intervals.has(record)) {
        report.exists(`sensor "${record.name}" (${describe(record.default_interval)})`);
      }
      continue;
    }
    const { name, details = {} } = sensor;
    const interval = flags.intervals.get(name) ?? sensor.interval;
    const data = { name, protocol: definition.protocol, default_interval: interval, details };
    ids.push(await createNamed(context, kind, data, all, ` (${describe(interval)})`));
  }
  for (const [record, seconds] of intervals) {
    const { id, name, protocol, default_interval: before, details } = record;
    if (before === seconds) {
      report.exists(`sensor "${name}" (${describe(seconds)})`);
      continue;
    }
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
  return ids;
}

/** Reports new sensors that a device does not get, because it is polled already and stays as it is. */
export function noteUnusedSensors(
  { report }: AccountContext,
  { name, isPolled }: ChosenDevice,
  { declared }: FoundSensors,
): void {
  const unused = declared.filter(({ record }) => record === undefined);
  if (!isPolled || unused.length === 0) return;
  const names = unused.map(({ sensor }) => `"${sensor.name}"`).join(", ");
  report.note(
    `"${name}" stays as it is, without ${names}: enable what it should have on its page in Grafolean, if that shows the ` +
      "protocol, or set up another device with --device",
  );
}

function describe(interval: number | null): string {
  return interval === null ? "not periodic" : `every ${formatDuration(interval)}`;
}
