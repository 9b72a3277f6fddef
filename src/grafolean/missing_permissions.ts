import type { WirePermission } from "./wire.ts";

/** What a bot needs in each account: to read what it polls, and to send values at once and later. */
const NEEDED = [
  ["entities", ["GET"]],
  ["credentials", ["GET"]],
  ["sensors", ["GET"]],
  ["values", ["POST", "PUT"]],
] as const;

/** Returns what every bot needs in an account and this one lacks, such as `PUT on accounts/7/values`. */
export function missingPermissions(
  permissions: readonly WirePermission[],
  accountId: number,
): string[] {
  return NEEDED.flatMap(([list, methods]) => {
    const resource = `accounts/${accountId}/${list}`;
    const missing = methods.filter((method) =>
      !permissions.some((permission) => allows(permission, method, resource))
    );
    return missing.length === 0 ? [] : [`${missing.join(" and ")} on ${resource}`];
  });
}

function allows(
  { resource_prefix: prefix, methods }: WirePermission,
  method: string,
  resource: string,
): boolean {
  return (methods === null || methods.includes(method)) &&
    (prefix === null || resource === prefix || resource.startsWith(`${prefix}/`));
}
