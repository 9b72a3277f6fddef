import { WireError } from "../grafolean/fields.ts";
import {
  readEntitySensor,
  readProtocol,
  type WireCredential,
  type WireEntity,
  type WireProtocol,
  type WireSensor,
} from "../grafolean/wire.ts";
import type { EntityInfo, SensorInfo } from "./entity_info.ts";

/** What {@linkcode resolveEntity} needs to know about the account and the bot. */
export interface ResolveContext {
  /** The id of the account. */
  readonly accountId: number;
  /** The protocol of the bot. */
  readonly protocol: string;
  /** The id of the bot. */
  readonly userId: number;
  /** The credentials of the account by id. */
  readonly credentials: ReadonlyMap<number, WireCredential>;
  /** The sensors of the account by id. */
  readonly sensors: ReadonlyMap<number, WireSensor>;
}

/** The result of {@linkcode resolveEntity}. */
export interface Resolution {
  /** What the bot should poll; `undefined` if the entity is left out. */
  readonly info?: EntityInfo;
  /** Why the entity is left out. */
  readonly leftOut?: string;
  /** What is wrong with it, one sentence each. */
  readonly problems: readonly string[];
  /** Whether it refers to a credential or a sensor that does not exist in the account. */
  readonly dangling: boolean;
  /** Whether it has no bot, in which case every bot of the protocol polls it. */
  readonly unassigned: boolean;
}

/** Names an entity in a log line. */
export function labelOf(entity: Pick<WireEntity, "id" | "name">, accountId: number): string {
  return `${JSON.stringify(entity.name)} (id ${entity.id}, account ${accountId})`;
}

/** Decides whether the bot should poll an entity, and collects what it needs for that. */
export function resolveEntity(entity: WireEntity, context: ResolveContext): Resolution {
  const { accountId, protocol, userId, credentials } = context;
  const leaveOut = (leftOut: string, more: Partial<Resolution> = {}): Resolution => ({
    leftOut,
    problems: [],
    dangling: false,
    unassigned: false,
    ...more,
  });
  if (entity.entity_type !== "device") {
    return leaveOut(`it is of type ${JSON.stringify(entity.entity_type)}, not "device"`);
  }
  let settings: WireProtocol | undefined;
  try {
    settings = readProtocol(entity, protocol);
  } catch (error) {
    return leaveOut("it cannot be read", {
      problems: [`${problemOf(error, accountId)}: it is left out`],
    });
  }
  if (settings === undefined) return leaveOut(`the protocol ${protocol} is not enabled`);
  if (settings.bot !== null && settings.bot !== userId) {
    return leaveOut(`it belongs to another bot (id ${settings.bot})`);
  }
  const unassigned = settings.bot === null;
  const credential = credentials.get(settings.credential);
  if (credential === undefined) {
    const problem =
      `${labelOf(entity, accountId)} refers to a credential (id ${settings.credential}) ` +
      "that does not exist in the account: the device is left out";
    return leaveOut(`no credential for ${protocol}`, {
      problems: [problem],
      dangling: true,
      unassigned,
    });
  }
  const { sensors, problems, dangling } = resolveSensors(entity, settings, context);
  if (sensors.length === 0) {
    return leaveOut(`no sensor for ${protocol}`, { problems, dangling, unassigned });
  }
  const info: EntityInfo = {
    accountId,
    entityId: entity.id,
    name: entity.name,
    entityType: entity.entity_type,
    parent: entity.parent,
    details: entity.details,
    credentialName: credential.name,
    credentialDetails: credential.details,
    sensors,
  };
  return { info, problems, dangling, unassigned };
}

interface ResolvedSensors {
  readonly sensors: readonly SensorInfo[];
  readonly problems: readonly string[];
  readonly dangling: boolean;
}

function resolveSensors(
  entity: WireEntity,
  settings: WireProtocol,
  { accountId, protocol, sensors }: ResolveContext,
): ResolvedSensors {
  const resolved = new Map<number, SensorInfo>();
  const problems: string[] = [];
  const label = labelOf(entity, accountId);
  let dangling = false;
  for (const [index, item] of settings.sensors.entries()) {
    try {
      const { sensor: sensorId, interval } = readEntitySensor(entity, protocol, item, index);
      const sensor = sensors.get(sensorId);
      if (sensor === undefined) {
        dangling = true;
        problems.push(
          `${label} refers to a sensor (id ${sensorId}) that does not exist in the account: the sensor is left out`,
        );
      } else if (resolved.has(sensorId)) {
        problems.push(`${label} lists a sensor (id ${sensorId}) twice: the first one is used`);
      } else {
        const wanted = interval ?? sensor.default_interval;
        // Grafolean accepts any whole number, but an invalid interval would get the whole job refused.
        const isValid = wanted === null || (Number.isInteger(wanted) && wanted > 0);
        if (!isValid) {
          problems.push(
            `${label} has an interval of ${wanted} s for a sensor (id ${sensorId}): the sensor is not polled until that is a whole number above 0`,
          );
        }
        resolved.set(sensorId, {
          sensorId,
          name: sensor.name,
          sensorDetails: sensor.details,
          interval: isValid ? wanted : null,
        });
      }
    } catch (error) {
      problems.push(`${problemOf(error, accountId)}: the sensor is left out`);
    }
  }
  // Sorted, because Grafolean reorders them whenever the device is saved, and the job should stay the same.
  const sorted = [...resolved.values()].sort((a, b) => a.sensorId - b.sensorId);
  return { sensors: sorted, problems, dangling };
}

function problemOf(error: unknown, accountId: number): string {
  if (!(error instanceof WireError)) throw error;
  return `GET /accounts/${accountId}/entities returned ${error.message}`;
}
