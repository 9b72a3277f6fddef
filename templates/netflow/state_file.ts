import { ConfigError } from "@grafolean/collector";
import { dirname } from "node:path";

const CHUNK_LENGTH = 64 * 1024;

/** The state file of a bot. Only its owner may read it, as it contains who communicated with whom. */
export class StateFile implements Disposable {
  /** Where it is. */
  readonly path: string;
  // It ends with the process at the latest.
  readonly #lock: Deno.FsFile | undefined;

  private constructor(path: string, lock: Deno.FsFile | undefined) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Locks a state file, so that no other bot overwrites it.
   *
   * @throws {ConfigError} If another bot has locked it.
   */
  static async lock(path: string): Promise<StateFile> {
    let lock: Deno.FsFile | undefined;
    let isFree = true;
    try {
      // Not truncated, or a link that somebody has put there would empty another file.
      lock = await open(`${path}.lock`, { create: true });
      isFree = await lock.tryLock(true);
    } catch {
      // Files cannot be locked here, or not written, which is logged when the state is saved.
    }
    if (isFree) return new StateFile(path, lock);
    lock?.close();
    throw new ConfigError([
      `NETFLOW_STATE_FILE: "${path}" is in use by another bot: stop that bot, or use another file`,
    ]);
  }

  /** Returns its text, `undefined` if it does not exist. */
  async read(): Promise<string | undefined> {
    try {
      return await Deno.readTextFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Writes it atomically. */
  async write(lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
    const temporary = `${this.path}.new`;
    // It must be a new file, and no link to another one.
    await Deno.remove(temporary).catch(() => {});
    const file = await open(temporary, { createNew: true });
    try {
      let chunk = "";
      for await (const line of lines) {
        chunk += `${line}\n`;
        if (chunk.length < CHUNK_LENGTH) continue;
        await writeAll(file, chunk);
        chunk = "";
      }
      await writeAll(file, chunk);
      await file.syncData();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, this.path);
  }

  /** Renames it to `PATH.damaged`, so that it can be examined. A directory stays: its path is a mistake. */
  async setAside(): Promise<void> {
    try {
      if ((await Deno.stat(this.path)).isDirectory) return;
      await Deno.rename(this.path, `${this.path}.damaged`);
    } catch {
      // It will be overwritten.
    }
  }

  /** Unlocks it. */
  [Symbol.dispose](): void {
    try {
      // A program that this process is just starting has it open, too, and would keep the lock for a moment.
      this.#lock?.unlockSync();
    } catch {
      // Files cannot be locked here.
    }
    this.#lock?.close();
  }
}

async function open(path: string, options: Deno.OpenOptions): Promise<Deno.FsFile> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return await Deno.open(path, { ...options, write: true, mode: 0o600 });
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
