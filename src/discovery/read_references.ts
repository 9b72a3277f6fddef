import type { GrafoleanClient } from "../grafolean/client.ts";
import type { LongList } from "../grafolean/long_list.ts";
import { listCredentials, listSensors } from "../grafolean/routes.ts";
import type { WireCredential, WireList, WireSensor } from "../grafolean/wire.ts";
import type { SensorInfo } from "./entity_info.ts";
import type { References } from "./resolve_entity.ts";

/** {@linkcode References} with the lists from which they come, if they were read. */
export interface ReadReferences extends References {
  readonly credentialList?: LongList<WireCredential>;
  readonly sensorList?: LongList<WireSensor>;
}

/** The references of an account whose entities refer to nothing. */
export const NO_REFERENCES: ReadReferences = {
  credentials: new Map(),
  sensors: new Map(),
  refused: [],
};

/**
 * Reads what the entities of an account refer to. Read the entities first, so that it contains everything they refer to.
 *
 * @param last What they referred to the last time; returned if nothing has changed.
 * @throws {GrafoleanError} If one of the lists cannot be read.
 */
export async function readReferences(
  client: GrafoleanClient,
  accountId: number,
  last: ReadReferences = NO_REFERENCES,
  signal: AbortSignal,
): Promise<ReadReferences> {
  const [credentials, sensors] = await Promise.allSettled([
    listCredentials(client, accountId, signal, last.credentialList),
    listSensors(client, accountId, signal, last.sensorList),
  ]);
  if (credentials.status === "rejected") throw credentials.reason;
  if (sensors.status === "rejected") throw sensors.reason;
  const credentialList = credentials.value;
  const sensorList = sensors.value;
  if (credentialList === last.credentialList && sensorList === last.sensorList) return last;
  return {
    credentials: new Map(credentialList.items.map((item) => [item.id, item])),
    sensors: new Map(sensorList.items.map((item) => [item.id, toSensorInfo(item)])),
    refused: [
      ...refusedItems(accountId, "credentials", credentialList),
      ...refusedItems(accountId, "sensors", sensorList),
    ],
    credentialList,
    sensorList,
  };
}

/** Describes the refused items of a list, one sentence each. */
export function refusedItems(
  accountId: number,
  list: "entities" | "credentials" | "sensors",
  { refused }: Pick<WireList<unknown>, "refused">,
): string[] {
  return refused.map(({ problem }) =>
    `GET /accounts/${accountId}/${list} returned ${problem}: it is left out`
  );
}

function toSensorInfo({ id, name, details, default_interval }: WireSensor): SensorInfo {
  return { sensorId: id, name, sensorDetails: details, interval: default_interval };
}
