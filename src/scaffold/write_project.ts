import { dirname, join } from "node:path";
import { SECRET_FILE } from "./render_project.ts";

/** What is already there where a project should be written. */
interface Existing {
  /** The text of each file that exists, by its path in the project. */
  readonly existing: ReadonlyMap<string, string>;
  /** What cannot be overwritten, one sentence each. */
  readonly problems: readonly string[];
}

/** Reads the files of a project that exist in the folder `dir`. */
export async function readExisting(dir: string, paths: Iterable<string>): Promise<Existing> {
  const problem = await folderProblem(dir);
  if (problem !== undefined) return { existing: new Map(), problems: [problem] };
  const existing = new Map<string, string>();
  const problems = new Set<string>();
  for (const path of paths) {
    const file = join(dir, path);
    const folder = dirname(file);
    const folderInfo = folder === dir ? undefined : await statOf(folder);
    const info = await statOf(file, Deno.lstat);
    if (folderInfo?.isDirectory === false) problems.add(`"${folder}" is not a folder`);
    else if (info?.isFile) existing.set(path, await Deno.readTextFile(file));
    else if (info?.isDirectory) problems.add(`"${file}" is a folder, not a file`);
    else if (info !== undefined) problems.add(`"${file}" is a link or a device, not a file`);
  }
  return { existing, problems: [...problems] };
}

/**
 * Writes files into the folder `dir`, which it creates if need be. Except on Windows, only the owner may read the file
 * with the token. If that exists, its text is appended, so that nothing in it is lost.
 *
 * @param files The text of each file by its path.
 * @param existing The files that may exist already.
 * @throws {Error} If a file cannot be written; it says what was written before.
 */
export async function writeProject(
  dir: string,
  files: ReadonlyMap<string, string>,
  existing: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const written: string[] = [];
  for (const [path, text] of files) {
    const file = join(dir, path);
    try {
      await Deno.mkdir(dirname(file), { recursive: true, mode: 0o755 });
      const exists = existing.has(path);
      const secret = path === SECRET_FILE;
      // The mode below applies to new files only.
      if (exists && secret && Deno.build.os !== "windows") await Deno.chmod(file, 0o600);
      await Deno.writeTextFile(file, text, {
        // Keeps a file that has appeared since readExisting.
        createNew: !exists,
        append: exists && secret,
        mode: secret ? 0o600 : 0o644,
      });
      written.push(path);
    } catch (cause) {
      const before = written.length === 0
        ? "Nothing was written"
        : `Written before that: ${written.join(", ")}`;
      const reason = cause instanceof Error ? cause.message : cause;
      throw new Error(`Cannot write "${file}": ${reason}\n${before}`, { cause });
    }
  }
}

/** Why nothing can be written into a folder, whether it exists or not; `undefined` if it can. */
async function folderProblem(dir: string): Promise<string | undefined> {
  for (let folder = dir;; folder = dirname(folder)) {
    // No permission for the folders around it: if one of them is a file, writing fails.
    const { state } = await Deno.permissions.query({ name: "read", path: folder });
    if (state !== "granted") return undefined;
    const info = await statOf(folder);
    if (info?.isDirectory) return undefined;
    if (info !== undefined) return `"${folder}" is not a folder`;
    if (folder === dirname(folder)) return undefined;
  }
}

async function statOf(path: string, stat = Deno.stat): Promise<Deno.FileInfo | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    // NotADirectory: the caller finds the file that should be a folder when it looks at that.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
