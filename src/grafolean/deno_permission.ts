/** A permission of Deno. */
type Permission =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "net"; readonly host: string };

/** The used part of what Deno has and other runtimes lack. */
interface DenoPermissions {
  readonly permissions?: {
    querySync(permission: Permission): { readonly state: string };
  };
}

/** Returns whether Deno permits something without asking; `undefined` on other runtimes. */
export function isPermittedByDeno(permission: Permission): boolean | undefined {
  const { Deno } = globalThis as { readonly Deno?: DenoPermissions };
  const state = Deno?.permissions?.querySync(permission).state;
  return state === undefined ? undefined : state === "granted";
}
