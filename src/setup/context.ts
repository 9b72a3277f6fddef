import type { WireAccount, WirePermission } from "../grafolean/wire.ts";
import type { SetupDefinition } from "./definition.ts";
import type { Questions } from "./questions.ts";
import { PLANNED, type Report } from "./report.ts";
import type { Session } from "./session.ts";
import type { SetupFlags } from "./setup_flags.ts";

/** Thrown when a setup cannot go on. Its message says why and what to do. */
export class SetupError extends Error {}

/** What the steps of a setup have in common. */
export interface SetupContext {
  /** What the bot needs. */
  readonly definition: SetupDefinition;
  /** The command line. */
  readonly flags: SetupFlags;
  /** The requests. */
  readonly session: Session;
  /** The permissions of the person who runs the setup. */
  readonly rights: readonly WirePermission[];
  /** The user. */
  readonly questions: Questions;
  /** The output. */
  readonly report: Report;
}

/** The context once the account is known. */
export interface AccountContext extends SetupContext {
  /** The account. */
  readonly account: WireAccount;
  /** The path of its resources, such as `/accounts/5`. */
  readonly path: string;
}

/** Reads a list of the account, which is empty if a dry run would create the account. */
export async function readListOf<T>(
  { session, account, path }: AccountContext,
  list: string,
  read: (json: unknown) => readonly T[],
): Promise<readonly T[]> {
  return account.id === PLANNED ? [] : await session.get(`${path}/${list}`, read);
}

/** Names things that have the same name. */
export function listIds(items: readonly { readonly id: number; readonly name: string }[]): string {
  return items.map(({ id, name }) => `"${name}" (id ${id})`).join(", ");
}
