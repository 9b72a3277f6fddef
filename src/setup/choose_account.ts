import type { WireAccount } from "../grafolean/wire.ts";
import { type AccountContext, listIds, type SetupContext, SetupError } from "./context.ts";
import { checkOwner } from "./bot.ts";
import { checkAccountRights } from "./permissions.ts";
import { type BotRecord, readAccounts, readId } from "./records.ts";

/**
 * Finds the account: the one that the command line names, that of the bot, or the only one; or else asks. Creates one only
 * if asked to, as Grafolean cannot delete it.
 *
 * @param owner The owner of the token in `.env`, if that is known.
 */
export async function chooseAccount(
  context: SetupContext,
  owner: BotRecord | undefined,
): Promise<AccountContext> {
  const { session, report } = context;
  const accounts = await session.get("/accounts", readAccounts);
  const chosen = choose(context, accounts, owner);
  if (typeof chosen !== "string") {
    report.exists(`account "${chosen.name}" (id ${chosen.id})`);
    return { ...context, account: chosen, path: `/accounts/${chosen.id}` };
  }
  if (owner !== undefined) checkOwner(context, owner, undefined);
  checkAccountRights(context);
  const id = await report.create(
    `account "${chosen}"`,
    () => session.post("/admin/accounts", { name: chosen }, readId),
  );
  return { ...context, account: { id, name: chosen }, path: `/accounts/${id}` };
}

/** Returns the account, or the name of one to create. */
function choose(
  { flags, questions }: SetupContext,
  accounts: readonly WireAccount[],
  owner: BotRecord | undefined,
): WireAccount | string {
  const wanted = flags.account ?? flags.createAccount;
  if (wanted !== undefined) {
    const byId = accounts.find(({ id }) => `${id}` === wanted);
    const named = byId === undefined ? accounts.filter(({ name }) => name === wanted) : [byId];
    if (named.length > 1) {
      throw new SetupError(
        `There are several accounts of this name: choose one by its id with --account: ${
          listIds(named)
        }`,
      );
    }
    if (named[0] !== undefined) return named[0];
    if (flags.createAccount !== undefined) return flags.createAccount;
    const advice = accounts.length === 0
      ? "create it with --create-account"
      : `expected one of ${listIds(accounts)}`;
    throw new SetupError(`There is no account "${wanted}" that you may use: ${advice}`);
  }
  const own = accounts.find(({ id }) => id === owner?.account);
  if (own !== undefined) return own;
  if (accounts.length === 1) return accounts[0]!;
  if (!questions.canAsk) {
    throw new SetupError(
      accounts.length > 1
        ? `There are several accounts: choose one with --account: ${listIds(accounts)}`
        : "There is no account that you may use: create one with --create-account NAME",
    );
  }
  if (accounts.length > 1) {
    const choices = accounts.map(({ id, name }) => `${name} (id ${id})`);
    return accounts[questions.choose("Account", choices)]!;
  }
  return questions.text("There is no account yet. Name of a new one", {
    option: "--create-account",
    defaultValue: "Home",
  });
}
