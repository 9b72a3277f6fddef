import { ConfigError } from "@grafolean/collector";
import { delay } from "@std/async/delay";
import { dirname } from "node:path";
import { parseSnapshot, type Snapshot, snapshotLines } from "./snapshot.ts";

const PIECE = 64 * 1024;

/**
 * Writes a snapshot into a file, as a whole or not at all: into a file beside it, which then takes its place. Only its
 * owner may read it, since it tells who spoke with whom.
 *
 * @throws {Error} If it cannot be written.
 */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  const beside = `${path}.new`;
  const file = await create(beside);
  try {
    const encoder = new TextEncoder();
    let piece = "";
    for (const line of snapshotLines(snapshot)) {
      piece += `${line}\n`;
      if (piece.length < PIECE) continue;
      await writeAll(file, encoder.encode(piece));
      piece = "";
      // Packets wait to be received.
      await delay(0);
    }
    await writeAll(file, encoder.encode(piece));
    await file.syncData();
  } finally {
    file.close();
  }
  await Deno.rename(beside, path);
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

/**
 * Reads a snapshot from a file.
 *
 * @returns The snapshot; `undefined` if there is no file.
 * @throws {SnapshotError} If the file holds none.
 * @throws {Error} If it cannot be read.
 */
export async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  try {
    return parseSnapshot(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Keeps other bots away from a snapshot, which they would write over, until this one ends, however it ends.
 *
 * @returns What ends it earlier; nothing where files cannot be locked or written.
 * @throws {ConfigError} If another bot has it.
 */
export async function lockSnapshot(path: string): Promise<Disposable | undefined> {
  let lock: Deno.FsFile | undefined;
  try {
    lock = await create(`${path}.lock`);
    if (await lock.tryLock(true)) return lock;
  } catch {
    lock?.close();
    return undefined;
  }
  lock.close();
  throw new ConfigError([
    `NETFLOW_SNAPSHOT_FILE: "${path}" is in use by another bot: ` +
    "stop that one, or give each bot a file of its own",
  ]);
}

/** Takes a file out of the way that cannot be read, for those who want to look at it. */
export async function setAside(path: string): Promise<void> {
  try {
    await Deno.rename(path, `${path}.damaged`);
  } catch {
    // It will be written over.
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
