import { type EntityInfo, intervalsOf } from "@grafolean/collector";
import { parseHostPort } from "@grafolean/collector/toolkit";
import { parseCredential, parseRequestOptions } from "./client/credential.ts";
import type { SessionSettings } from "./client/session.ts";
import { timeoutsFor } from "./client/timeouts.ts";
import type { DeviceSensor, SensorParser } from "./sensor/sensor_parser.ts";

/** A device to poll: what Grafolean stores about it, parsed. */
export interface Device {
  /** The account that receives its values. */
  readonly accountId: number;
  /** Its id. */
  readonly entityId: number;
  /** Its name. */
  readonly name: string;
  /** How to reach it. */
  readonly session: SessionSettings;
  /** Its valid sensors. */
  readonly sensors: readonly DeviceSensor[];
  /** How long a run of its sensors may take, in seconds. */
  readonly runTimeoutS: number;
}

/**
 * Parses the details of a device, its credential and its sensors, which can be anything.
 *
 * @throws {TypeError} If it cannot be polled. The message names it.
 */
export function parseDevice(
  entity: EntityInfo,
  sensorParser: SensorParser,
  sourceAddress: string | undefined,
): Device {
  const { accountId, entityId, name, details, credentialName, credentialDetails } = entity;
  const sensors = sensorParser.parse(entity.sensors);
  try {
    const address = parseHostPort((details as { ipv4?: unknown } | null)?.ipv4);
    const credential = parseCredential(credentialDetails, credentialName);
    const options = parseRequestOptions(credentialDetails, credentialName);
    const { runTimeoutS, ...timeouts } = timeoutsFor(intervalsOf({ sensors }), options);
    const { maxRepetitions } = options;
    const session = { name, address, credential, maxRepetitions, sourceAddress, ...timeouts };
    return { accountId, entityId, name, session, sensors, runTimeoutS };
  } catch (error) {
    throw new TypeError(`Cannot poll "${name}": ${(error as Error).message}`);
  }
}
