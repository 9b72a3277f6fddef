import type { WireAccount } from "../grafolean/wire.ts";
import { type AccountContext, listIds, type SetupContext } from "./context.ts";
import { readAccounts, readId } from "./records.ts";
import { SetupError } from "./setup_error.ts";

/**
 * Finds the account: the one that the command line names, that of the bot, or the only one; or else asks. Creates one only
 * if asked to.
 *
 * @param ownAccount The id of the account of the bot, if that is known.
 */
export async function chooseAccount(
  context: SetupContext,
  ownAccount: number | null | undefined,
): Promise<AccountContext> {
  const account = await findOrCreate(context, ownAccount);
  return { ...context, account, path: `/accounts/${account.id}` };
}

async function findOrCreate(
  context: SetupContext,
  ownAccount: number | null | undefined,
): Promise<WireAccount> {
  const { session, flags, questions, report } = context;
  const accounts = await session.get("/accounts", readAccounts);
  const found = (account: WireAccount): WireAccount => {
    report.exists(`account "${account.name}" (id ${account.id})`);
    return account;
  };
  const wanted = flags.account ?? flags.createAccount;
  if (wanted !== undefined) {
    const byId = accounts.find(({ id }) => `${id}` === wanted);
    if (byId !== undefined) return found(byId);
    const named = accounts.filter(({ name }) => name === wanted);
    if (named.length > 1) {
      throw new SetupError(
        `There are several accounts of this name: choose one by its id with --account: ${
          listIds(named)
        }`,
      );
    }
    if (named.length === 1) return found(named[0]!);
    if (flags.createAccount !== undefined) return await create(context, flags.createAccount);
    throw new SetupError(
      `There is no account "${wanted}" that you may use: ${
        accounts.length === 0
          ? "create it with --create-account"
          : `expected one of ${listIds(accounts)}`
      }`,
    );
  }
  const own = accounts.find(({ id }) => id === ownAccount);
  if (own !== undefined) return found(own);
  if (accounts.length === 1) return found(accounts[0]!);
  if (accounts.length > 1) {
    if (!questions.canAsk) {
      throw new SetupError(
        `There are several accounts: choose one with --account: ${listIds(accounts)}`,
      );
    }
    const choices = accounts.map(({ id, name }) => `${name} (id ${id})`);
    return found(accounts[questions.choose("Account", choices)]!);
  }
  if (!questions.canAsk) {
    throw new SetupError(
      "There is no account that you may use: create one with --create-account NAME",
    );
  }
  const name = questions.text("There is no account yet. Name of a new one", {
    option: "--create-account",
    defaultValue: "Home",
  });
  return await create(context, name);
}

async function create({ session, report }: SetupContext, name: string): Promise<WireAccount> {
  const id = await report.create(
    `account "${name}"`,
    () => session.post("/admin/accounts", { name }, readId),
  );
  return { id, name };
}
