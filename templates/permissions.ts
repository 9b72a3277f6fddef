/** The permissions of a program; it has no others. */
export interface Permissions {
  /** The hosts to connect to and the addresses to listen on; `true` for all. */
  readonly net?: true | readonly string[];
  /** The environment variables to read. */
  readonly env?: readonly string[];
  /** The files and folders to read. */
  readonly read?: readonly string[];
  /** The files and folders to write. */
  readonly write?: readonly string[];
  /** The programs to run. */
  readonly run?: readonly string[];
  /** The system information to read, such as `hostname`. */
  readonly sys?: readonly string[];
}

const KINDS = ["net", "env", "read", "write", "run", "sys"] as const;

/** Joins permissions: the result allows what any of them allows. */
export function joinPermissions(...all: readonly Permissions[]): Permissions {
  const joined: Record<string, true | string[]> = {};
  for (const kind of KINDS) {
    const allowed = all.map((permissions) => permissions[kind] ?? []);
    if (allowed.includes(true)) joined[kind] = true;
    else {
      const list = [...new Set(allowed.flatMap((each) => each === true ? [] : each))];
      if (list.length > 0) joined[kind] = list;
    }
  }
  return joined;
}

/**
 * The Deno flags for permissions. With `--no-prompt`, as a bot that waits for an answer in a forgotten terminal collects
 * nothing.
 */
export function permissionFlags(permissions: Permissions): string {
  const flags = ["--no-prompt"];
  for (const kind of KINDS) {
    const allowed = permissions[kind];
    if (allowed === true) flags.push(`--allow-${kind}`);
    else if (allowed !== undefined && allowed.length > 0) {
      flags.push(`--allow-${kind}=${allowed.join(",")}`);
    }
  }
  return flags.join(" ");
}
