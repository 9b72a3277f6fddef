import { dirname, join } from "node:path";
import { SECRET_FILE } from "./render_project.ts";

/** What is in the way of a project. */
export interface Obstacles {
  /** Files that would be overwritten, by their paths in the project. */
  readonly existing: readonly string[];
  /** What cannot be overwritten at all: one sentence each. */
  readonly problems: readonly string[];
}

/** Thrown when a project could be written only in part. */
export class WriteError extends Error {
  /** The paths that were written before it failed. */
  readonly written: readonly string[];

  /** Makes an error that says what was written. */
  constructor(path: string, written: readonly string[], options: { cause: unknown }) {
    const { cause } = options;
    super(`Cannot write "${path}": ${cause instanceof Error ? cause.message : cause}`, options);
    this.name = "WriteError";
    this.written = written;
  }
}

/** Looks, without touching anything, what is in the way of writing `paths` into the folder `dir`. */
export async function findObstacles(dir: string, paths: Iterable<string>): Promise<Obstacles> {
  const problem = await folderProblem(dir);
  if (problem !== undefined) return { existing: [], problems: [problem] };
  const existing: string[] = [];
  const problems = new Set<string>();
  for (const path of paths) {
    const file = join(dir, path);
    const folder = dirname(file);
    const inTheWay = folder === dir ? undefined : await statOf(folder);
    const info = await statOf(file, Deno.lstat);
    if (inTheWay?.isDirectory === false) problems.add(`"${folder}" is not a folder`);
    else if (info?.isFile) existing.push(path);
    else if (info?.isDirectory) problems.add(`"${file}" is a folder, not a file`);
    else if (info !== undefined) problems.add(`"${file}" is a link or a device, not a file`);
  }
  return { existing, problems: [...problems] };
}

/**
 * Writes files into the folder `dir`, which is made if need be. Nothing else is touched. The file with the token can be
 * read by nobody else, on systems that have modes.
 *
 * @param files The text of each file by its path.
 * @param overwrite The paths that may be there already.
 * @throws {WriteError} If a file cannot be written.
 */
export async function writeProject(
  dir: string,
  files: ReadonlyMap<string, string>,
  overwrite: readonly string[] = [],
): Promise<void> {
  const written: string[] = [];
  for (const [path, text] of files) {
    const file = join(dir, path);
    try {
      await Deno.mkdir(dirname(file), { recursive: true, mode: 0o755 });
      const replaced = overwrite.includes(path);
      const secret = path === SECRET_FILE;
      // The mode counts for new files only.
      if (replaced && secret && Deno.build.os !== "windows") await Deno.chmod(file, 0o600);
      await Deno.writeTextFile(file, text, {
        // Whatever has come to be there meanwhile is not ours.
        createNew: !replaced,
        mode: secret ? 0o600 : 0o644,
      });
      written.push(path);
    } catch (cause) {
      throw new WriteError(file, written, { cause });
    }
  }
}

/** Says why nothing can be written into a folder, be it there or not; `undefined` if nothing is in the way. */
async function folderProblem(dir: string): Promise<string | undefined> {
  for (let folder = dir;; folder = dirname(folder)) {
    // The folders around it are not ours to ask permission for: writing will tell.
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
    // A file where a folder should be is found when that file is looked at.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
