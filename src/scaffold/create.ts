import { basename, relative, resolve } from "node:path";
import { ConfigError } from "../util/errors.ts";
import { type CreateFlags, createHelp, parseCreateFlags } from "./create_flags.ts";
import type { LibrarySource } from "./library.ts";
import { nextSteps } from "./next_steps.ts";
import { renderProject } from "./render_project.ts";
import { GivenUp, type Person, settle } from "./resolve_options.ts";
import { findObstacles, WriteError, writeProject } from "./write_project.ts";

/** The world around the program, so that it can be tested. */
export interface CreateWorld {
  /** The arguments. */
  readonly args: readonly string[];
  /** How the program was called, for its help. */
  readonly command: string;
  /** The current folder. */
  readonly cwd: string;
  /** Where the library comes from. */
  readonly library: LibrarySource;
  /** The version of Deno. */
  readonly denoVersion: string;
  /** Whether paths and shells are those of Windows. */
  readonly windows: boolean;
  /** Who can be asked; nobody where there is no terminal. */
  readonly person: Person | undefined;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  complain(line: string): void;
  /** Makes sure that a folder may be read and, if need be, written; says why not. */
  allow(dir: string, write: boolean): Promise<string | undefined>;
  /** Makes a git repository of a folder, unless it is in one; says what became of it. */
  initGit(dir: string): Promise<string>;
}

/**
 * Makes a new bot.
 *
 * @returns The exit code.
 */
export async function create(world: CreateWorld): Promise<number> {
  try {
    const flags = parseCreateFlags(world.args);
    if (flags.help) {
      world.print(createHelp(world.command));
      return 0;
    }
    return await make(flags, world);
  } catch (error) {
    if (error instanceof GivenUp) {
      world.complain("\nNothing was written.");
      return 130;
    }
    if (error instanceof ConfigError) {
      for (const problem of error.problems) world.complain(`error: ${problem}`);
      return 2;
    }
    world.complain(`error: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function make(flags: CreateFlags, world: CreateWorld): Promise<number> {
  const settled = await settle(flags, flags.yes ? undefined : world.person);
  const { name, template } = settled;
  const dir = resolve(world.cwd, flags.dir ?? name);
  const files = renderProject({
    ...settled,
    library: world.library,
    denoVersion: world.denoVersion,
  });

  const forbidden = await world.allow(dir, !flags.dryRun);
  if (forbidden !== undefined) throw new ConfigError([forbidden]);
  const { existing, problems } = await findObstacles(dir, files.keys());
  if (problems.length > 0) {
    for (const problem of problems) world.complain(`error: ${problem}`);
    return 1;
  }
  if (existing.length > 0 && !flags.force) {
    world.complain(`error: "${dir}" has files that would be overwritten:`);
    for (const path of existing) world.complain(`  ${path}`);
    world.complain(
      "Choose another folder with --dir, or overwrite these and no others with --force",
    );
    return 1;
  }

  if (flags.dryRun) {
    world.print(`These files would be written to "${dir}":`);
    for (const path of files.keys()) {
      world.print(`  ${path}${existing.includes(path) ? " (overwritten)" : ""}`);
    }
    return 0;
  }
  try {
    await writeProject(dir, files, existing);
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    world.complain(`error: ${error.message}`);
    world.complain(
      error.written.length === 0
        ? "Nothing was written."
        : `Written before that: ${error.written.join(", ")}`,
    );
    return 1;
  }
  const git = flags.git ? await world.initGit(dir) : "";

  world.print(`${name}, a bot from the template ${template.name}, is in "${dir}".`);
  if (git !== "") world.print(git);
  for (
    const line of nextSteps(settled, shownDir(world.cwd, dir), world.library, world.windows)
  ) world.print(line);
  return 0;
}

function shownDir(cwd: string, dir: string): string {
  const path = relative(cwd, dir);
  return path.startsWith("..") || path === basename(cwd) ? dir : path;
}
