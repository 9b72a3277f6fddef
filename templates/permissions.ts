/** What a program may do; what is left out it may not. */
export interface Permissions {
  /** The hosts it may talk to and the addresses it may listen on; `true` is all. */
  readonly net?: true | readonly string[];
  /** The environment variables that it may read. */
  readonly env?: readonly string[];
  /** The files and folders that it may read. */
  readonly read?: readonly string[];
  /** The files and folders that it may write. */
  readonly write?: readonly string[];
  /** The programs that it may run. */
  readonly run?: readonly string[];
  /** What it may learn about the machine. */
  readonly sys?: readonly string[];
}

const KINDS = ["net", "env", "read", "write", "run", "sys"] as const;

/** Joins permissions: what any of them allows. */
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
 * Spells permissions out as flags of Deno. It is not to ask for more: a bot that waits for an answer in a forgotten
 * terminal does not collect.
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
