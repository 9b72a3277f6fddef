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

/** What is needed to resolve the entities of one account for one protocol. */
export interface ResolveContext {
  /** The account. */
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

/** What became of an entity. */
export interface Resolution {
  /** What the bot should poll; `undefined` when it should leave the entity alone. */
  readonly info?: EntityInfo;
  /** Why the bot should leave it alone. */
  readonly leftOut?: string;
  /** What is wrong with it, one sentence each. */
  readonly problems: readonly string[];
  /** Whether it names a credential or a sensor that the account does not have. */
  readonly dangling: boolean;
  /** Whether it names no bot, so that every bot of the protocol takes it for its own. */
  readonly nobodys: boolean;
}

/** Names an entity in a message. */
export function labelOf(entity: Pick<WireEntity, "id" | "name">, accountId: number): string {
  return `${JSON.stringify(entity.name)} (id ${entity.id}, account ${accountId})`;
}

/** Decides whether a bot should poll an entity, and puts together what it needs to know for that. */
export function resolveEntity(entity: WireEntity, context: ResolveContext): Resolution {
  const { accountId, protocol, userId, credentials } = context;
  const leaveOut = (leftOut: string, more: Partial<Resolution> = {}): Resolution => ({
    leftOut,
    problems: [],
    dangling: false,
    nobodys: false,
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
  if (settings === undefined) return leaveOut(`no credential for ${protocol}`);
  if (settings.bot !== null && settings.bot !== userId) {
    return leaveOut(`its bot is another one (id ${settings.bot})`);
  }
  const nobodys = settings.bot === null;
  const credential = credentials.get(settings.credential);
  if (credential === undefined) {
    const problem = `${labelOf(entity, accountId)} uses a credential (id ${settings.credential}) ` +
      "that the account does not have: it is left out";
    return leaveOut(`no credential for ${protocol}`, {
      problems: [problem],
      dangling: true,
      nobodys,
    });
  }
  const { sensors, problems, dangling } = resolveSensors(entity, settings, context);
  if (sensors.length === 0) {
    return leaveOut(`no sensor for ${protocol}`, { problems, dangling, nobodys });
  }
  const info: EntityInfo = {
    accountId,
    entityId: entity.id,
    name: entity.name,
    entityType: entity.entity_type,
    parent: entity.parent,
    details: entity.details,
    credentialDetails: credential.details,
    sensors,
  };
  return { info, problems, dangling, nobodys };
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
          `${label} uses a sensor (id ${sensorId}) that the account does not have: the sensor is left out`,
        );
      } else if (resolved.has(sensorId)) {
        problems.push(`${label} uses a sensor (id ${sensorId}) twice: the first one counts`);
      } else {
        const wanted = interval ?? sensor.default_interval;
        // Grafolean takes any whole number. One that cannot be would have the whole job of the device refused.
        const isPossible = wanted === null || (Number.isInteger(wanted) && wanted > 0);
        if (!isPossible) {
          problems.push(
            `${label} wants a sensor (id ${sensorId}) every ${wanted} s: the sensor is not polled until that is a whole number above 0`,
          );
        }
        resolved.set(sensorId, {
          sensorId,
          sensorDetails: sensor.details,
          interval: isPossible ? wanted : null,
        });
      }
    } catch (error) {
      problems.push(`${problemOf(error, accountId)}: the sensor is left out`);
    }
  }
  // The order in which Grafolean names them changes whenever somebody saves the device, which is no change of the job.
  const inOrder = [...resolved.values()].sort((a, b) => a.sensorId - b.sensorId);
  return { sensors: inOrder, problems, dangling };
}

function problemOf(error: unknown, accountId: number): string {
  if (!(error instanceof WireError)) throw error;
  return `GET /accounts/${accountId}/entities answered ${error.message}`;
}
