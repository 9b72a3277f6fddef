import type { GrafoleanClient } from "../grafolean/client.ts";
import { listCredentials, listSensors } from "../grafolean/routes.ts";
import type { WireList } from "../grafolean/wire.ts";
import { isEqualJson } from "../util/is_equal_json.ts";
import type { References } from "./resolve_entity.ts";

/** The references of an account whose entities refer to nothing. */
export const NO_REFERENCES: References = {
  credentials: new Map(),
  sensors: new Map(),
  refused: [],
};

/**
 * Reads what the entities of an account refer to. Read the entities first, so that it contains everything they refer to.
 *
 * @param last What they referred to the last time, which is used again as far as it has not changed.
 * @throws {GrafoleanError} If one of the lists cannot be read.
 */
export async function readReferences(
  client: GrafoleanClient,
  accountId: number,
  last: References,
  signal: AbortSignal,
): Promise<References> {
  const [credentials, sensors] = await Promise.allSettled([
    listCredentials(client, accountId, signal),
    listSensors(client, accountId, signal),
  ]);
  if (credentials.status === "rejected") throw credentials.reason;
  if (sensors.status === "rejected") throw sensors.reason;
  return {
    credentials: byId(credentials.value, last.credentials),
    sensors: byId(sensors.value, last.sensors),
    refused: [
      ...refusedItems(accountId, "credentials", credentials.value),
      ...refusedItems(accountId, "sensors", sensors.value),
    ],
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

function byId<T extends { readonly id: number }>(
  { items }: WireList<T>,
  last: ReadonlyMap<number, T>,
): Map<number, T> {
  return new Map(items.map((item) => {
    const before = last.get(item.id);
    return [item.id, before !== undefined && isEqualJson(before, item) ? before : item];
  }));
}
