import type { AccountContext } from "./context.ts";
import type { SetupPermission } from "./definition.ts";
import { botPath } from "./find_bot.ts";
import { type BotRecord, type PermissionRecord, readId, readPermissions } from "./records.ts";
import { PLANNED } from "./report.ts";

/** What every bot needs: to send values, and to read what it should poll. The order is that of Grafolean's UI. */
const PERMISSIONS: readonly SetupPermission[] = [
  { resource: "values", methods: ["POST", "PUT"] },
  { resource: "entities", methods: ["GET"] },
  { resource: "credentials", methods: ["GET"] },
  { resource: "sensors", methods: ["GET"] },
];

/**
 * Gives the bot the permissions that it lacks.
 *
 * @param token The token of the bot, if it is known.
 */
export async function grantPermissions(
  context: AccountContext,
  bot: BotRecord,
  token: string | undefined,
): Promise<void> {
  const { session, report, definition, account } = context;
  const path = `${botPath(context, bot)}/permissions`;
  // Few people may read those of a systemwide bot, but the bot itself may.
  const existing = bot.id === PLANNED
    ? []
    : bot.account === null && token !== undefined
    ? await session.getAsBot(token, "/profile/permissions", readPermissions) ?? []
    : await session.get(path, readPermissions);
  const missing = missingPermissions(
    [...PERMISSIONS, ...definition.permissions ?? []],
    account.id,
    existing,
  );
  if (missing.length === 0) report.exists("permissions of the bot");
  for (const { resource, methods } of missing) {
    const value = { resource_prefix: `accounts/${account.id}/${resource}`, methods };
    await report.create(
      `permission of the bot: ${methods.join(", ")} ${resource}`,
      () => session.post(path, value, readId),
    );
  }
}

/** Returns what no existing permission covers, with all methods of a resource together. */
export function missingPermissions(
  needed: readonly SetupPermission[],
  accountId: number,
  existing: readonly PermissionRecord[],
): readonly SetupPermission[] {
  const missing = new Map<string, Set<SetupPermission["methods"][number]>>();
  for (const { resource, methods } of needed) {
    const path = `accounts/${accountId}/${resource}`;
    for (const method of methods) {
      const isGranted = existing.some((permission) =>
        (permission.prefix === null || path === permission.prefix ||
          path.startsWith(`${permission.prefix}/`)) &&
        (permission.methods === null || permission.methods.includes(method))
      );
      if (isGranted) continue;
      const found = missing.get(resource) ?? new Set();
      missing.set(resource, found.add(method));
    }
  }
  return [...missing].map(([resource, methods]) => ({ resource, methods: [...methods] }));
}
