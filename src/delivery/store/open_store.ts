import { closeSync, fchmodSync, openSync } from "node:fs";
import { ConfigError } from "../../util/errors.ts";
import type { Logger } from "../../util/log.ts";
import { MemoryStore } from "./memory_store.ts";
import type { OutboxStore } from "./outbox_store.ts";
import { ResilientStore } from "./resilient_store.ts";
import { findSqlite, SqliteStore, StoreInUseError } from "./sqlite_store.ts";

/**
 * Opens the store for an outbox: the file if there is to be one and it can be used, memory otherwise.
 *
 * @param file The path of the file; `undefined` for memory.
 * @param log Is told why the file cannot be used.
 * @throws {ConfigError} If another bot uses the file.
 */
export function openStore(
  file: string | undefined,
  log: Logger,
  find: typeof findSqlite = findSqlite,
  busyMs?: number,
): OutboxStore {
  if (file === undefined) return new MemoryStore();
  const lost =
    "waiting values are kept in memory, and lost if the bot stops while the backend is away";
  const sqlite = find();
  if (sqlite === undefined) {
    log.warn(
      `OUTBOX_FILE is set, but this runtime has no node:sqlite (Deno and Node from 22.13 have it): ${lost}`,
    );
    return new MemoryStore();
  }
  try {
    makePrivate(file);
    return new ResilientStore(new SqliteStore(file, sqlite, busyMs), log);
  } catch (error) {
    if (error instanceof StoreInUseError) {
      throw new ConfigError([
        `OUTBOX_FILE: "${file}" is in use by another bot: stop that bot, or give each bot its own file`,
      ], { cause: error });
    }
    const message = error instanceof Error ? error.message : String(error);
    log.error(
      `Cannot use the outbox file "${file}": ${message}; ${lost}: check that its directory exists and is writable, ` +
        "or move the file away if it is damaged",
    );
    return new MemoryStore();
  }
}

// SQLite gives the files beside it the mode of the file itself, so it must be right before SQLite opens it.
function makePrivate(file: string): void {
  const descriptor = openSync(file, "a", 0o600);
  try {
    fchmodSync(descriptor, 0o600);
  } catch {
    // Where there are no modes (Windows, some network disks) the directory has to be private.
  } finally {
    closeSync(descriptor);
  }
}
