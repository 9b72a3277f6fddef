import { WireError } from "../grafolean/fields.ts";
import {
  labelOf,
  readEntitySensor,
  readProtocol,
  type WireCredential,
  type WireEntity,
  type WireProtocol,
} from "../grafolean/wire.ts";
import { isDeepEqual } from "../util/is_deep_equal.ts";
import type { EntityInfo, SensorInfo } from "./entity_info.ts";

/** What the entities of an account refer to. */
export interface References {
  /** The credentials by id. */
  readonly credentials: ReadonlyMap<number, WireCredential>;
  /** The sensors by id, with their default intervals. Devices share them. */
  readonly sensors: ReadonlyMap<number, SensorInfo>;
  /** What is wrong with those that are unreadable, one sentence each. */
  readonly refused: readonly string[];
}

/** Whose devices {@linkcode resolveEntity} looks for. */
export interface ResolveContext {
  /** The id of the account. */
  readonly accountId: number;
  /** The protocol of the bot. */
  readonly protocol: string;
  /** The id of the bot. */
  readonly userId: number;
}

/** The reasons to leave out an entity, in words that can be counted, as in "2 protocol off, 1 of another bot". */
export const LEFT_OUT_REASONS = [
  "protocol off",
  "of another bot",
  "not a device",
  "without credential",
  "without sensor",
  "unreadable",
  "half-saved",
] as const;

/** Why an entity is left out. */
export interface LeftOut {
  /** The reason. */
  readonly reason: typeof LEFT_OUT_REASONS[number];
  /** The reason in full, for a person who looks for this entity. */
  readonly detail: string;
  /** The id of the other bot that polls it. */
  readonly otherBot?: number;
}

/** Whether the bot polls an entity, and why not. */
export interface Decision {
  /** The id of the entity; `undefined` if it cannot be read. */
  readonly id: number | undefined;
  /** The name of the entity; empty if it cannot be read. */
  readonly name: string;
  /** What the bot should poll; `undefined` if the entity is left out. */
  readonly info?: EntityInfo;
  /** Why the entity is left out. */
  readonly leftOut?: LeftOut;
  /** Whether nobody expects it to be polled, such as an interface: it is not counted. */
  readonly isOther?: boolean;
  /** What is wrong with it, one sentence each. */
  readonly problems: readonly string[];
  /** What else a person should know who looks for it, one sentence each. */
  readonly notes?: readonly string[] | undefined;
  /** The same about its sensors without an interval, which matters where the jobs have those of the sensors. */
  readonly unscheduled?: readonly string[] | undefined;
}

/** The result of {@linkcode resolveEntity}. */
export interface Resolution extends Decision {
  /** The entity as it was read. */
  readonly entity: WireEntity;
  /** Whether it refers to a credential or a sensor that does not exist in the account. */
  readonly dangling: boolean;
  /** Whether it has no bot, in which case every bot of the protocol polls it. */
  readonly unassigned: boolean;
}

/**
 * Decides whether the bot should poll an entity, and collects what it needs for that.
 *
 * @param last The last known device, which is used again if nothing has changed.
 */
export function resolveEntity(
  entity: WireEntity,
  context: ResolveContext,
  references: References,
  last?: EntityInfo,
): Resolution {
  const { accountId, protocol } = context;
  const { id, name } = entity;
  const claimed = claim(entity, context);
  if (!("settings" in claimed)) {
    return { entity, id, name, problems: [], dangling: false, unassigned: false, ...claimed };
  }
  const { settings } = claimed;
  const unassigned = settings.bot === null;
  const credential = references.credentials.get(settings.credential);
  if (credential === undefined) {
    const reference = `refers to a credential (id ${settings.credential}) that does not exist`;
    return {
      entity,
      id,
      name,
      leftOut: { reason: "without credential", detail: `it ${reference}` },
      problems: [
        `${labelOf(entity, accountId)} ${reference} in the account: the device is left out`,
      ],
      dangling: true,
      unassigned,
    };
  }
  const resolved = resolveSensors(entity, settings, context, references);
  const { sensors, problems, unscheduled, dangling } = resolved;
  if (sensors.length === 0) {
    const detail = `it has no sensor for ${protocol}`;
    const leftOut = { reason: "without sensor", detail } as const;
    return { entity, id, name, leftOut, problems, dangling, unassigned };
  }
  const notes = unassigned ? ["it has no bot, so every bot of the protocol polls it"] : undefined;
  const found: EntityInfo = {
    accountId,
    entityId: id,
    name,
    entityType: entity.entity_type,
    parent: entity.parent,
    details: entity.details,
    credentialName: credential.name,
    credentialDetails: credential.details,
    sensors,
  };
  const info = last !== undefined && isDeepEqual(last, found) ? last : found;
  return { entity, id, name, info, problems, notes, unscheduled, dangling, unassigned };
}

/** The settings of a device that is this bot's, as far as the entity itself shows, or why it is not. */
function claim(
  entity: WireEntity,
  { accountId, protocol, userId }: ResolveContext,
): { readonly settings: WireProtocol } | Partial<Resolution> {
  const isDevice = entity.entity_type === "device";
  let settings: WireProtocol | undefined;
  try {
    settings = readProtocol(entity, protocol);
  } catch (error) {
    return {
      leftOut: { reason: "unreadable", detail: "it cannot be read" },
      problems: [`${problemOf(error, accountId)}: it is left out`],
    };
  }
  if (settings === undefined) {
    if (!isDevice) return { leftOut: notADevice(entity), isOther: true };
    const others = Object.keys(entity.protocols);
    const detail = `${protocol} is off${others.length > 0 ? `, ${others.join(" and ")} on` : ""}`;
    return { leftOut: { reason: "protocol off", detail } };
  }
  if (settings.bot !== null && settings.bot !== userId) {
    const detail = `it belongs to another bot (id ${settings.bot})`;
    return { leftOut: { reason: "of another bot", detail, otherBot: settings.bot } };
  }
  return isDevice ? { settings } : { leftOut: notADevice(entity) };
}

function notADevice({ entity_type: type }: WireEntity): LeftOut {
  return { reason: "not a device", detail: `it is of type ${JSON.stringify(type)}, not "device"` };
}

interface ResolvedSensors {
  readonly sensors: readonly SensorInfo[];
  readonly problems: readonly string[];
  readonly unscheduled: readonly string[] | undefined;
  readonly dangling: boolean;
}

function resolveSensors(
  entity: WireEntity,
  settings: WireProtocol,
  { accountId, protocol }: ResolveContext,
  { sensors }: References,
): ResolvedSensors {
  const resolved = new Map<number, SensorInfo>();
  const problems: string[] = [];
  const unscheduled: string[] = [];
  const label = () => labelOf(entity, accountId);
  let dangling = false;
  for (const [index, item] of settings.sensors.entries()) {
    try {
      const { sensor: sensorId, interval } = readEntitySensor(entity, protocol, item, index);
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) {
        dangling = true;
        problems.push(
          `${label()} refers to a sensor (id ${sensorId}) that does not exist in the account: the sensor is left out`,
        );
      } else if (resolved.has(sensorId)) {
        problems.push(
          `${label()} lists its sensor ${sensorLabel(sensor)} twice: the first one is used`,
        );
      } else {
        const wanted = interval ?? sensor.interval;
        // Grafolean accepts any whole number, but an invalid interval would get the whole job refused.
        const isValid = wanted === null || (Number.isInteger(wanted) && wanted > 0);
        if (!isValid) {
          const where = interval === null
            ? `The sensor ${sensorLabel(sensor, accountId)} has a default interval of ${wanted} s`
            : `${label()} has an interval of ${wanted} s for its sensor ${sensorLabel(sensor)}`;
          problems.push(`${where}: the sensor is not polled until that is a whole number above 0`);
        }
        if (wanted === null) {
          unscheduled.push(
            `the sensor ${
              sensorLabel(sensor)
            } has no interval, neither on this device nor by default`,
          );
        }
        resolved.set(
          sensorId,
          isValid && wanted === sensor.interval
            ? sensor
            : { ...sensor, interval: isValid ? wanted : null },
        );
      }
    } catch (error) {
      problems.push(`${problemOf(error, accountId)}: the sensor is left out`);
    }
  }
  // Sorted, because Grafolean reorders them whenever the device is saved, and the job should stay the same.
  const sorted = [...resolved.values()].sort((a, b) => a.sensorId - b.sensorId);
  return {
    sensors: sorted,
    problems,
    unscheduled: unscheduled.length === 0 ? undefined : unscheduled,
    dangling,
  };
}

function sensorLabel({ sensorId, name }: SensorInfo, accountId?: number): string {
  return labelOf({ id: sensorId, name }, accountId);
}

function problemOf(error: unknown, accountId: number): string {
  if (!(error instanceof WireError)) throw error;
  return `GET /accounts/${accountId}/entities returned ${error.message}`;
}
