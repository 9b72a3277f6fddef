import { ConfigError } from "../util/errors.ts";
import { type AccountContext, readListOf, SetupError } from "./context.ts";
import { createNamed } from "./create_named.ts";
import type { ChosenDevice } from "./device.ts";
import { type CredentialRecord, readCredentials } from "./records.ts";

/** The credential of the device: an existing one, or the data of a new one. */
export interface ChosenCredential {
  /** The existing one; `undefined` to create it. */
  readonly record: CredentialRecord | undefined;
  readonly name: string;
  /** The fields of a new one. */
  readonly details: Readonly<Record<string, string>>;
  /** All credentials of the account. */
  readonly all: readonly CredentialRecord[];
}

/**
 * Finds the credential of the device, or the one that the user wants, or asks for the fields of a new one. Creates nothing.
 */
export async function chooseCredential(
  context: AccountContext,
  { name: device, settings }: ChosenDevice,
): Promise<ChosenCredential> {
  const { definition, flags, questions } = context;
  const { protocol, credential: fields = [] } = definition;
  const all = await readListOf(context, "credentials", readCredentials);
  const candidates = all.filter((each) => each.protocol === protocol);
  const name = flags.credential ?? `${protocol} credential`;
  const existing = (record: CredentialRecord): ChosenCredential => ({
    record,
    name: record.name,
    details: {},
    all,
  });
  if (settings !== undefined) {
    const record = all.find(({ id }) => id === settings.credential);
    if (flags.credential !== undefined && flags.credential !== record?.name) {
      throw new ConfigError([
        `--credential is not used, as the device "${device}" keeps its credential "${record?.name}": to enter that again, delete it in Grafolean first`,
      ]);
    }
    if (record !== undefined) return existing(record);
  }
  const own = candidates.find((each) => each.name === name);
  if (own !== undefined && (flags.credential !== undefined || !questions.canAsk)) {
    return existing(own);
  }
  if (flags.credential === undefined && candidates.length > 0) {
    if (fields.length === 0) return existing(own ?? candidates[0]!);
    if (questions.canAsk) {
      const choices = [...candidates.map((each) => each.name), "a new one"];
      const preferred = Math.max(0, candidates.findIndex((each) => each === own));
      const choice = candidates[questions.choose("Credential", choices, preferred)];
      if (choice !== undefined) return existing(choice);
    } else if (candidates.length === 1) return existing(candidates[0]!);
    else {
      const names = candidates.map((each) => `"${each.name}"`).join(", ");
      throw new SetupError(
        `There are several credentials for the protocol "${protocol}": choose one with --credential: ${names}`,
      );
    }
  }
  if (flags.credential !== undefined && all.some((each) => each.name === name)) {
    throw new SetupError(
      `The credential "${name}" is for another protocol: choose another name with --credential`,
    );
  }
  return { record: undefined, name, details: await questions.fields(fields, flags.details), all };
}

/** Returns the id of the credential; creates it if it is new. */
export async function ensureCredential(
  context: AccountContext,
  { record, name, details, all }: ChosenCredential,
): Promise<number> {
  if (record !== undefined) {
    context.report.exists(`credential "${name}"`);
    return record.id;
  }
  const data = { name, protocol: context.definition.protocol, details };
  return await createNamed(context, "credentials", data, all);
}
