import { BOT_PERMISSIONS, covers } from "../grafolean/missing_permissions.ts";
import { type AccountContext, type SetupContext, SetupError } from "./context.ts";
import type { SetupPermission } from "./definition.ts";
import { mayNotDo, mayNotGrant, mayNotSeeToken } from "./explain_refusal.ts";
import { botPath } from "./bot.ts";
import { type BotRecord, readId, readPermissions } from "./records.ts";

/**
 * Finds the permissions that the bot lacks, with all methods of a resource together.
 *
 * @param bot The bot; `undefined` if it has yet to be created.
 * @param token The token of the bot, if it is known.
 */
export async function findMissingPermissions(
  context: AccountContext,
  bot: BotRecord | undefined,
  token: string | undefined,
): Promise<readonly SetupPermission[]> {
  const { session, definition, path } = context;
  const existing = bot === undefined
    ? []
    // Few people may read those of a systemwide bot, but the bot itself may.
    : bot.account === null && token !== undefined
    ? await session.getAsBot(token, "/profile/permissions", readPermissions) ?? []
    : await session.get(`${botPath(context, bot)}/permissions`, readPermissions);
  const missing = new Map<string, Set<SetupPermission["methods"][number]>>();
  for (const { resource, methods } of [...BOT_PERMISSIONS, ...definition.permissions ?? []]) {
    for (const method of methods) {
      const isGranted = existing.some((each) =>
        covers(each, `${path.slice(1)}/${resource}`, [method])
      );
      if (isGranted) continue;
      missing.set(resource, (missing.get(resource) ?? new Set()).add(method));
    }
  }
  return [...missing].map(([resource, methods]) => ({ resource, methods: [...methods] }));
}

/** Gives the bot permissions. */
export async function grantPermissions(
  context: AccountContext,
  bot: BotRecord,
  missing: readonly SetupPermission[],
): Promise<void> {
  const { session, report, path } = context;
  if (missing.length === 0) report.exists("permissions of the bot");
  for (const { resource, methods } of missing) {
    const value = { resource_prefix: `${path.slice(1)}/${resource}`, methods };
    await report.create(
      `permission of the bot: ${methods.join(", ")} ${resource}`,
      () => session.post(`${botPath(context, bot)}/permissions`, value, readId),
    );
  }
}

/**
 * Checks that the person may do what the setup is going to do in the account, before anything is created.
 *
 * @param writes The requests, such as `POST bots`.
 * @param bot The permissions to give the bot, and whether its token is known.
 * @throws {SetupError} If the person may not.
 */
export function checkRights(
  { rights, path }: AccountContext,
  writes: readonly string[],
  bot: { readonly permissions: readonly SetupPermission[]; readonly isTokenKnown: boolean },
): void {
  const account = path.slice(1);
  const mayDo = (list: string, methods: readonly string[] | null): boolean =>
    rights.some((each) => covers(each, `${account}/${list}`, methods));
  for (const write of writes) {
    const [method, list] = write.split(" ") as [string, string];
    if (!mayDo(list, [method])) throw refusal(mayNotDo(method, `${account}/${list}`));
  }
  if (!bot.permissions.every(({ resource, methods }) => mayDo(resource, methods))) {
    throw refusal(mayNotGrant(account));
  }
  if (!bot.isTokenKnown && !mayDo("bots", null)) throw refusal(mayNotSeeToken(account));
}

/** Checks that the person may create an account, and then do everything in it. */
export function checkAccountRights({ rights }: SetupContext): void {
  if (!rights.some((each) => covers(each, "admin/accounts", ["POST"]))) {
    throw refusal(mayNotDo("POST", "admin/accounts"));
  }
  if (!rights.some((each) => covers(each, "accounts", null))) {
    throw refusal(mayNotSeeToken("accounts"));
  }
}

function refusal(text: string): SetupError {
  return new SetupError(text.replace(/^./, (first) => first.toUpperCase()));
}
