import type { GrafoleanClient } from "../grafolean/client.ts";
import {
  readCredential,
  readEntity,
  readList,
  readSensor,
  type WireCredential,
  type WireEntity,
  type WireList,
  type WireSensor,
} from "../grafolean/wire.ts";

/** The three lists of one account. */
export interface AccountLists {
  /** What is watched. */
  readonly entities: WireList<WireEntity>;
  /** How it can be asked. */
  readonly credentials: WireList<WireCredential>;
  /** What it can be asked for. */
  readonly sensors: WireList<WireSensor>;
}

/** Reads the entities of an account. */
export function readEntities(
  client: GrafoleanClient,
  accountId: number,
  signal: AbortSignal,
): Promise<WireList<WireEntity>> {
  const read = (json: unknown) => readList(json, "an entity", readEntity);
  return client.get(`/accounts/${accountId}/entities`, read, signal);
}

/**
 * Reads all of an account. The entities come first, so that everything they name is there already.
 *
 * @throws {GrafoleanError} If one of the lists cannot be had.
 */
export async function readAccountLists(
  client: GrafoleanClient,
  accountId: number,
  signal: AbortSignal,
): Promise<AccountLists> {
  const entities = await readEntities(client, accountId, signal);
  const [credentials, sensors] = await Promise.allSettled([
    client.get(
      `/accounts/${accountId}/credentials`,
      (json) => readList(json, "a credential", readCredential),
      signal,
    ),
    client.get(
      `/accounts/${accountId}/sensors`,
      (json) => readList(json, "a sensor", readSensor),
      signal,
    ),
  ]);
  if (credentials.status === "rejected") throw credentials.reason;
  if (sensors.status === "rejected") throw sensors.reason;
  return { entities, credentials: credentials.value, sensors: sensors.value };
}

/** Says which items of the lists were refused and why, one sentence each. */
export function refusedItems(accountId: number, lists: AccountLists): string[] {
  return Object.entries(lists as unknown as Record<string, WireList<unknown>>)
    .flatMap(([name, { refused }]) =>
      refused.map(({ problem }) =>
        `GET /accounts/${accountId}/${name} answered ${problem}: it is left out`
      )
    );
}
