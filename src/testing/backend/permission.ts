import { compareText } from "./python_text.ts";

/** A method that a permission can be limited to. */
export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A permission: methods on everything below a prefix. */
export interface Permission {
  readonly id: number;
  /** Such as `accounts/1/values`; `null` is everything. */
  readonly prefix: string | null;
  /** The methods; `null` is all. */
  readonly methods: readonly Method[] | null;
}

/** Resources that every user may read. */
const ALWAYS = new Set(["profile", "accounts", "profile/permissions", "bots"]);
const ACCOUNT = /^accounts\/([0-9]+)(?:\/|$)/;

/** Whether the permissions allow a method on a resource: the path after `/api/`, without trailing slashes. */
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

/** Whether one of the permissions covers a prefix and all its methods; two that do so together are not enough. */
export function canGrant(
  permissions: readonly Permission[],
  prefix: string | null,
  methods: readonly string[] | null,
): boolean {
  return permissions.some((own) =>
    (own.prefix === null || prefix === own.prefix || prefix?.startsWith(`${own.prefix}/`)) &&
    (own.methods === null ||
      methods?.every((method) => (own.methods as readonly string[]).includes(method)))
  );
}

/** The permissions as the API shows them, in the order of the database. */
export function shownPermissions(permissions: readonly Permission[]): unknown[] {
  return [...permissions]
    .sort((a, b) => compareText(a.prefix ?? "\uffff", b.prefix ?? "\uffff") || a.id - b.id)
    .map(({ id, prefix, methods }) => ({ id, resource_prefix: prefix, methods }));
}

/** Whether the list of accounts contains an account: any permission in it is enough, whatever its methods. */
export function listsAccount(permissions: readonly Permission[], accountId: number): boolean {
  return permissions.some(({ prefix }) =>
    prefix === null || prefix === "accounts" || Number(ACCOUNT.exec(prefix)?.[1]) === accountId
  );
}

/** The permissions that Grafolean's UI grants to a new bot of an account. */
export function uiPermissions(accountId: number): Omit<Permission, "id">[] {
  const below = `accounts/${accountId}`;
  return [
    { prefix: `${below}/values`, methods: ["POST", "PUT"] },
    { prefix: `${below}/entities`, methods: ["GET"] },
    { prefix: `${below}/credentials`, methods: ["GET"] },
    { prefix: `${below}/sensors`, methods: ["GET"] },
  ];
}
