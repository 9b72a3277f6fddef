import { type AccountContext, listIds } from "./context.ts";
import { type BotRecord, readBots, readId } from "./records.ts";
import { PLANNED } from "./report.ts";
import { SetupError } from "./setup_error.ts";

/**
 * Finds the bot: the owner of the token in `.env`, or else the one of the protocol, or of several that of the name.
 *
 * @param owner The owner of the token in `.env`; `undefined` if Grafolean does not know one.
 * @returns `undefined` if there is none.
 * @throws {SetupError} If the token is that of another bot, or it could be several bots.
 */
export async function findBot(
  { session, definition, account, path }: AccountContext,
  owner: BotRecord | undefined,
): Promise<BotRecord | undefined> {
  const { name, protocol } = definition;
  if (owner !== undefined) {
    if (owner.protocol === protocol && (owner.account ?? account.id) === account.id) return owner;
    const other = owner.protocol === protocol
      ? `of the account with the id ${owner.account}`
      : `for the protocol "${owner.protocol}"`;
    throw new SetupError(
      `BOT_TOKEN is the token of the bot "${owner.name}" (id ${owner.id}) ${other}: ` +
        "to set up another one here, remove BOT_TOKEN from .env",
    );
  }
  if (account.id === PLANNED) return undefined;
  const bots = (await session.get(`${path}/bots`, readBots))
    .filter((bot) => bot.protocol === protocol);
  const named = bots.filter((bot) => bot.name === name);
  const candidates = named.length > 0 ? named : bots;
  if (candidates.length > 1) {
    throw new SetupError(
      `There are several bots for the protocol "${protocol}": ${
        listIds(candidates)
      }. Set BOT_TOKEN in .env to the ` +
        "token of the right one, or delete the others in Grafolean",
    );
  }
  return candidates[0];
}

/** Creates the bot if it was not found. */
export async function ensureBot(
  { session, definition, report, account, path }: AccountContext,
  found: BotRecord | undefined,
): Promise<BotRecord> {
  if (found !== undefined) {
    report.exists(`bot "${found.name}"`);
    return found;
  }
  const { name, protocol } = definition;
  const id = await report.create(
    `bot "${name}"`,
    () => session.post(`${path}/bots`, { name, protocol }, readId),
  );
  return { id, name, protocol, account: account.id };
}

/** The path of the resources of a bot. */
export function botPath({ path }: AccountContext, { id, account }: BotRecord): string {
  return account === null ? `/bots/${id}` : `${path}/bots/${id}`;
}
