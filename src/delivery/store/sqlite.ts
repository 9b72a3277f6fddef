/** The module `node:sqlite`. */
export type Sqlite = typeof import("node:sqlite");

/** Returns the SQLite of the runtime, if it has one: Deno and Node from 22.13 do. */
export function findSqlite(): Sqlite | undefined {
  try {
    return globalThis.process?.getBuiltinModule?.("node:sqlite");
  } catch {
    return undefined;
  }
}

// The message is there on all runtimes; the code is not (Deno has none).

/** Whether another connection holds the database. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && error.message.includes("database is locked");
}

/** Whether the disk is full, after which the connection can still be used. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.includes("database or disk is full");
}

/** Whether the contents of the file are at fault. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Error &&
    (isNoDatabase(error) || /malformed|no such (table|column)/.test(error.message));
}

/** Whether the file does not begin as a database does. */
export function isNoDatabase(error: Error): boolean {
  return error.message.includes("not a database");
}
