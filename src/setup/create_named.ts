import type { AccountContext } from "./context.ts";
import {
  type CredentialRecord,
  readCredentials,
  readId,
  readSensors,
  type SensorRecord,
} from "./records.ts";
import { isServerError } from "./session.ts";

/** Readers of what has a unique name in an account. */
const READERS = { credentials: readCredentials, sensors: readSensors };

type NamedRecord = CredentialRecord | SensorRecord;

/**
 * Creates a credential or a sensor. Their names are unique in an account over all protocols, and Grafolean answers 500 to a
 * name that is taken, so another name is chosen then.
 *
 * @param data What to create.
 * @param existing What the account had when its list was read.
 * @returns The id.
 */
export async function createNamed(
  { session, report, path: accountPath }: AccountContext,
  list: keyof typeof READERS,
  data: { readonly name: string; readonly protocol: string; readonly [field: string]: unknown },
  existing: readonly NamedRecord[],
  about = "",
): Promise<number> {
  const name = freeName(data.name, existing);
  const path = `${accountPath}/${list}`;
  return await report.create(`${list.slice(0, -1)} "${name}"${about}`, async () => {
    try {
      return await session.post(path, { ...data, name }, readId);
    } catch (error) {
      if (!isServerError(error)) throw error;
      // Somebody may have been faster, such as another setup.
      const now = await session.get<readonly NamedRecord[]>(path, READERS[list]);
      const taken = now.find((item) => item.name === name);
      if (taken === undefined) throw error;
      if (taken.protocol === data.protocol) return taken.id;
      return await session.post(path, { ...data, name: freeName(data.name, now) }, readId);
    }
  });
}

function freeName(wanted: string, existing: readonly NamedRecord[]): string {
  const taken = new Set(existing.map(({ name }) => name));
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted} ${n}`;
  return name;
}
