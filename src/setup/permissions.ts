import { covers } from "../grafolean/missing_permissions.ts";
import { type AccountContext, type SetupContext, SetupError } from "./context.ts";
import type { SetupPermission } from "./definition.ts";
import { mayNotDo, mayNotGrant, mayNotSeeToken } from "./explain_refusal.ts";
import { botPath } from "./find_bot.ts";
import { type BotRecord, readId, readPermissions } from "./records.ts";

/** What every bot needs: to send values, and to read what it should poll. The order is that of Grafolean's UI. */
const PERMISSIONS: readonly SetupPermission[] = [
  { resource: "values", methods: ["POST", "PUT"] },
  { resource: "entities", methods: ["GET"] },
  { resource: "credentials", methods: ["GET"] },
  { resource: "sensors", methods: ["GET"] },
];

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
  for (const { resource, methods } of [...PERMISSIONS, ...definition.permissions ?? []]) {
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

/** What a person has to be allowed. */
export interface Need {
  /** Without a slash before it, such as `accounts/5/bots`. */
  readonly resource: string;
  /** All of them have to be in one permission; `null` for all, without a list. */
  readonly methods: readonly string[] | null;
  /** Why it is refused. @default the person may not do it */
  readonly refusal?: (account: string) => string;
}

/** What a person has to be allowed to make a bot and its token. */
export function needsOfBot(
  { path }: AccountContext,
  permissions: readonly SetupPermission[],
  isTokenKnown: boolean,
): readonly Need[] {
  const account = path.slice(1);
  const token = { resource: `${account}/bots`, methods: null, refusal: mayNotSeeToken };
  return [
    ...permissions.map(({ resource, methods }) => ({
      resource: `${account}/${resource}`,
      methods,
      refusal: mayNotGrant,
    })),
    ...(isTokenKnown ? [] : [token]),
  ];
}

/**
 * Checks the permissions of the person before anything is created.
 *
 * @throws {SetupError} If one is missing.
 */
export function checkRights({ rights }: SetupContext, needs: readonly Need[]): void {
  for (const { resource, methods, refusal } of needs) {
    if (rights.some((each) => covers(each, resource, methods))) continue;
    const [account = resource] = /^accounts\/\d+/.exec(resource) ?? [];
    const text = refusal?.(account) ?? mayNotDo(methods?.join(", ") ?? "use", resource);
    throw new SetupError(text.replace(/^./, (first) => first.toUpperCase()));
  }
}
