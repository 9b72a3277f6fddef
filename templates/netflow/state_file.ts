import { ConfigError } from "@grafolean/collector";
import { dirname } from "node:path";

const CHUNK_LENGTH = 64 * 1024;

/**
 * Writes lines to a file atomically. Only the owner may read the file, as it contains who communicated with whom.
 *
 * @throws {Error} If it cannot be written.
 */
export async function writeStateFile(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const temporary = `${path}.new`;
  const file = await create(temporary);
  try {
    const encoder = new TextEncoder();
    let chunk = "";
    for await (const line of lines) {
      chunk += `${line}\n`;
      if (chunk.length < CHUNK_LENGTH) continue;
      await writeAll(file, encoder.encode(chunk));
      chunk = "";
    }
    await writeAll(file, encoder.encode(chunk));
    await file.syncData();
  } finally {
    file.close();
  }
  await Deno.rename(temporary, path);
}

/**
 * Reads a state file.
 *
 * @returns Its text, or `undefined` if it does not exist.
 * @throws {Error} If it cannot be read.
 */
export async function readStateFile(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Locks a state file, so that no other bot overwrites it. The lock ends with the process at the latest.
 *
 * @returns The lock; one that does nothing where files cannot be locked or written.
 * @throws {ConfigError} If another bot has locked it.
 */
export async function lockStateFile(path: string): Promise<Disposable> {
  let lock: Deno.FsFile | undefined;
  try {
    lock = await create(`${path}.lock`);
    if (await lock.tryLock(true)) return lock;
  } catch {
    lock?.close();
    return { [Symbol.dispose]() {} };
  }
  lock.close();
  throw new ConfigError([
    `NETFLOW_STATE_FILE: "${path}" is in use by another bot: stop that bot, or use another file`,
  ]);
}

/** Renames a state file that is damaged to `PATH.damaged`, so that it can be examined. */
export async function setAsideStateFile(path: string): Promise<void> {
  try {
    await Deno.rename(path, `${path}.damaged`);
  } catch {
    // It will be overwritten.
  }
}

async function create(path: string): Promise<Deno.FsFile> {
  const options = { write: true, create: true, truncate: true, mode: 0o600 };
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await Deno.open(path, options);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
