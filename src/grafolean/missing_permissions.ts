import type { WirePermission } from "./wire.ts";

/** What a bot needs in each account: to read what it polls, and to send values at once and later. */
export const BOT_PERMISSIONS = [
  { resource: "entities", methods: ["GET"] },
  { resource: "credentials", methods: ["GET"] },
  { resource: "sensors", methods: ["GET"] },
  { resource: "values", methods: ["POST", "PUT"] },
] as const;

/** Returns what every bot needs in an account and this one lacks, such as `PUT on accounts/7/values`. */
export function missingPermissions(
  permissions: readonly WirePermission[],
  accountId: number,
): string[] {
  return BOT_PERMISSIONS.flatMap(({ resource: list, methods }) => {
    const resource = `accounts/${accountId}/${list}`;
    const missing = methods.filter((method) =>
      !permissions.some((permission) => covers(permission, resource, [method]))
    );
    return missing.length === 0 ? [] : [`${missing.join(" and ")} on ${resource}`];
  });
}

/** Whether one permission alone covers a resource and all these methods; `null` stands for all methods. */
export function covers(
  { resource_prefix: prefix, methods: allowed }: WirePermission,
  resource: string,
  methods: readonly string[] | null,
): boolean {
  return (prefix === null || resource === prefix || resource.startsWith(`${prefix}/`)) &&
    (allowed === null || (methods?.every((method) => allowed.includes(method)) ?? false));
}
