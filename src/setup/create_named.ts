import type { AccountContext } from "./context.ts";
import { readId } from "./records.ts";
import { isServerError } from "./session.ts";

/** A credential or a sensor, whose name is unique in an account. */
interface Named {
  readonly id: number;
  readonly name: string;
  readonly protocol: string;
}

/** What {@linkcode createNamed} creates. */
interface NamedKind {
  /** The word for it. */
  readonly noun: string;
  /** The path of the list. */
  readonly path: string;
  /** Reads the list. */
  readonly read: (json: unknown) => readonly Named[];
}

/**
 * Creates a credential or a sensor. Their names are unique in an account over all protocols, and Grafolean answers 500 to a
 * name that is taken, so another name is chosen then.
 *
 * @param data What to create.
 * @param existing What the account had when its list was read.
 * @returns The id.
 */
export async function createNamed(
  { session, report }: AccountContext,
  { noun, path, read }: NamedKind,
  data: { readonly name: string; readonly protocol: string; readonly [field: string]: unknown },
  existing: readonly Named[],
  about = "",
): Promise<number> {
  const name = freeName(data.name, existing);
  return await report.create(`${noun} "${name}"${about}`, async () => {
    try {
      return await session.post(path, { ...data, name }, readId);
    } catch (error) {
      if (!isServerError(error)) throw error;
      // Somebody may have been faster, such as another setup.
      const now = await session.get(path, read);
      const taken = now.find((item) => item.name === name);
      if (taken === undefined) throw error;
      if (taken.protocol === data.protocol) return taken.id;
      return await session.post(path, { ...data, name: freeName(data.name, now) }, readId);
    }
  });
}

function freeName(wanted: string, existing: readonly Named[]): string {
  const taken = new Set(existing.map(({ name }) => name));
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted} ${n}`;
  return name;
}
