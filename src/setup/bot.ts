import {
  type AccountContext,
  listIds,
  readListOf,
  type SetupContext,
  SetupError,
} from "./context.ts";
import type { Project } from "./project.ts";
import { type BotRecord, readBotProfile, readBots, readId, readToken } from "./records.ts";
import { PLANNED } from "./report.ts";

/**
 * Finds the bot: the owner of the token in `.env`, or else the one that the command line names, or the one of the
 * protocol, or of several that of the name.
 *
 * @param owner The owner of the token in `.env`; `undefined` if Grafolean does not know one.
 * @returns `undefined` if there is none.
 * @throws {SetupError} If the token is that of another bot, or it could be several bots.
 */
export async function findBot(
  context: AccountContext,
  owner: BotRecord | undefined,
): Promise<BotRecord | undefined> {
  const { definition: { name, protocol }, flags, account } = context;
  if (owner !== undefined) {
    checkOwner(context, owner, account.id);
    return owner;
  }
  const bots = (await readListOf(context, "bots", readBots))
    .filter((bot) => bot.protocol === protocol);
  const named = bots.filter((bot) => bot.name === (flags.bot ?? name));
  const others = flags.bot === undefined ? bots : bots.filter(({ id }) => `${id}` === flags.bot);
  const candidates = named.length > 0 ? named : others;
  if (candidates.length > 1) {
    throw new SetupError(
      `There are several bots for the protocol "${protocol}": choose one by its id with --bot: ${
        listIds(candidates)
      }`,
    );
  }
  return candidates[0];
}

/**
 * Checks the owner of the token in `.env`, before anything is created.
 *
 * @param account The id of the account of the setup; `undefined` if that has yet to be created.
 * @throws {SetupError} If it is not the bot to set up.
 */
export function checkOwner(
  { definition: { protocol }, flags: { bot } }: SetupContext,
  owner: BotRecord,
  account: number | undefined,
): void {
  const other = owner.protocol === null
    ? "without a protocol"
    : owner.protocol !== protocol
    ? `for the protocol "${owner.protocol}"`
    : owner.account !== null && owner.account !== account
    ? `of the account with the id ${owner.account}`
    : bot !== undefined && bot !== owner.name && bot !== `${owner.id}`
    ? `and not of "${bot}"`
    : undefined;
  if (other === undefined) return;
  throw new SetupError(
    `BOT_TOKEN is the token of the bot "${owner.name}" (id ${owner.id}) ${other}: to set up another one here, remove ` +
      "BOT_TOKEN from .env",
  );
}

/** Creates the bot if it was not found. */
export async function ensureBot(
  { session, definition, flags, report, account, path }: AccountContext,
  found: BotRecord | undefined,
): Promise<BotRecord> {
  if (found !== undefined) {
    report.exists(`bot "${found.name}"`);
    return found;
  }
  const { name: defaultName, protocol } = definition;
  const name = flags.bot ?? defaultName;
  const id = await report.create(
    `bot "${name}"`,
    () => session.post(`${path}/bots`, { name, protocol }, readId),
  );
  return { id, name, protocol, account: account.id };
}

/** Makes sure that `.env` has the URL and the token. Returns the token; `undefined` in a dry run without a bot. */
export async function ensureToken(
  context: AccountContext,
  project: Project,
  bot: BotRecord,
  isTokenKnown: boolean,
): Promise<string | undefined> {
  const { session, report } = context;
  const token = isTokenKnown
    ? project.token
    : bot.id === PLANNED
    ? undefined
    : await session.get(`${botPath(context, bot)}/token`, readToken);
  const missing = project.missing(session.backendUrl, token);
  if (missing.length === 0) {
    report.exists("token of the bot");
    return token;
  }
  await report.change(
    `.env: ${missing.join(" and ")}`,
    () => project.store(session.backendUrl, token!),
  );
  if (report.isDryRun) return token;
  // Checks the token, and without a request with it, Grafolean's page of the bot would be blank.
  const profile = token && await session.getAsBot(token, "/profile", readBotProfile);
  if (profile === undefined) {
    throw new SetupError(
      `Grafolean does not know the token of the bot "${bot.name}": run the setup again`,
    );
  }
  return token;
}

/** The path of the resources of a bot. */
export function botPath({ path }: AccountContext, { id, account }: BotRecord): string {
  return account === null ? `/bots/${id}` : `${path}/bots/${id}`;
}
