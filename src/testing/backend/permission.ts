/** The methods that a permission can be limited to. */
export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** One permission: some methods on everything below a prefix. */
export interface Permission {
  /** The id of the permission. */
  readonly id: number;
  /** The resource, such as `accounts/1/values`, and everything below it; `null` is everything. */
  readonly prefix: string | null;
  /** The methods; `null` is all of them. */
  readonly methods: readonly Method[] | null;
}

/** What everybody may read who is logged in. */
const ALWAYS = new Set(["profile", "accounts", "profile/permissions", "bots"]);
const ACCOUNT = /^accounts\/([0-9]+)(?:\/|$)/;

/** Whether the permissions allow a method on a resource, which is the path after `/api/` without slashes at its end. */
export function isAllowed(
  permissions: readonly Permission[],
  method: string,
  resource: string,
): boolean {
  const effective = method === "HEAD" ? "GET" : method;
  if (effective === "GET" && ALWAYS.has(resource)) return true;
  return permissions.some(({ prefix, methods }) =>
    (prefix === null || resource === prefix || resource.startsWith(`${prefix}/`)) &&
    (methods === null || (methods as readonly string[]).includes(effective))
  );
}

/** Whether an account is in the list of accounts, which takes any permission in it, whatever its methods. */
export function listsAccount(permissions: readonly Permission[], accountId: number): boolean {
  return permissions.some(({ prefix }) =>
    prefix === null || prefix === "accounts" || Number(ACCOUNT.exec(prefix)?.[1]) === accountId
  );
}

/** What Grafolean's UI grants to a bot that it creates in an account. */
export function uiPermissions(accountId: number): Omit<Permission, "id">[] {
  const below = `accounts/${accountId}`;
  return [
    { prefix: `${below}/values`, methods: ["POST", "PUT"] },
    { prefix: `${below}/entities`, methods: ["GET"] },
    { prefix: `${below}/credentials`, methods: ["GET"] },
    { prefix: `${below}/sensors`, methods: ["GET"] },
  ];
}
