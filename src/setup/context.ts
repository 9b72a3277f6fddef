import type { WireAccount } from "../grafolean/wire.ts";
import type { SetupDefinition } from "./definition.ts";
import type { Questions } from "./questions.ts";
import type { Report } from "./report.ts";
import type { Session } from "./session.ts";
import type { SetupFlags } from "./setup_flags.ts";

/** What the steps of a setup have in common. */
export interface SetupContext {
  /** What the bot needs. */
  readonly definition: SetupDefinition;
  /** The command line. */
  readonly flags: SetupFlags;
  /** The requests. */
  readonly session: Session;
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

/** Names things that have the same name. */
export function listIds(items: readonly { readonly id: number; readonly name: string }[]): string {
  return items.map(({ id, name }) => `"${name}" (id ${id})`).join(", ");
}
