import type { GrafoleanClient } from "../grafolean/client.ts";
import { listCredentials, listEntities, listSensors } from "../grafolean/routes.ts";
import type { WireCredential, WireEntity, WireList, WireSensor } from "../grafolean/wire.ts";

/** The lists that describe the devices of an account. */
export interface AccountLists {
  /** The entities. */
  readonly entities: WireList<WireEntity>;
  /** The credentials. */
  readonly credentials: WireList<WireCredential>;
  /** The sensors. */
  readonly sensors: WireList<WireSensor>;
}

/**
 * Reads the lists of an account, entities first, so that the other lists contain everything the entities refer to.
 *
 * @throws {GrafoleanError} If one of the lists cannot be read.
 */
export async function readAccountLists(
  client: GrafoleanClient,
  accountId: number,
  signal: AbortSignal,
): Promise<AccountLists> {
  const entities = await listEntities(client, accountId, signal);
  const [credentials, sensors] = await Promise.allSettled([
    listCredentials(client, accountId, signal),
    listSensors(client, accountId, signal),
  ]);
  if (credentials.status === "rejected") throw credentials.reason;
  if (sensors.status === "rejected") throw sensors.reason;
  return { entities, credentials: credentials.value, sensors: sensors.value };
}

/** Describes the refused items of the lists, one sentence each. */
export function refusedItems(accountId: number, lists: AccountLists): string[] {
  return Object.entries(lists as unknown as Record<string, WireList<unknown>>)
    .flatMap(([name, { refused }]) =>
      refused.map(({ problem }) =>
        `GET /accounts/${accountId}/${name} returned ${problem}: it is left out`
      )
    );
}
