import { relative, resolve } from "node:path";
import { backendUrlWithApi } from "../grafolean/backend_url.ts";
import { ConfigError } from "../util/errors.ts";
import { type CreateFlags, createHelp, parseCreateFlags } from "./create_flags.ts";
import { backendUrlIn, newSettings } from "./existing_env.ts";
import type { CreateIo } from "./io.ts";
import { checkoutPath } from "./library.ts";
import type { ProjectOptions } from "./project_options.ts";
import { CancelledError } from "../util/prompt.ts";
import { quotePath } from "./quote_path.ts";
import { renderProject, SECRET_FILE } from "./render_project.ts";
import { resolveOptions } from "./resolve_options.ts";
import { readExisting, writeProject } from "./write_project.ts";

/**
 * Creates a new bot project.
 *
 * @returns The exit code.
 */
export async function create(io: CreateIo): Promise<number> {
  try {
    const flags = parseCreateFlags(io.args);
    if (flags.help) {
      io.print(createHelp(io.command));
      return 0;
    }
    return await createProject(flags, io);
  } catch (error) {
    if (error instanceof CancelledError) {
      io.printError("\nCancelled: nothing was written");
      return 130;
    }
    if (error instanceof ConfigError) {
      for (const problem of error.problems) io.printError(`error: ${problem}`);
      return 2;
    }
    io.printError(`error: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function createProject(flags: CreateFlags, io: CreateIo): Promise<number> {
  const options = resolveOptions(flags, flags.yes ? { ...io, prompt: undefined } : io);
  const dir = resolve(io.cwd, flags.dir ?? options.name);
  const denied = await io.requestAccess(dir, !flags.dryRun);
  if (denied !== undefined) throw new ConfigError([denied]);
  const { existing, problems } = await readExisting(dir, renderProject(options).keys());
  if (problems.length > 0) {
    for (const problem of problems) io.printError(`error: ${problem}`);
    return 1;
  }
  const { files, added } = filesToWrite(options, existing);
  if (files.size === 0) {
    io.print(`"${dir}" is up to date`);
    return 0;
  }
  const lines = [...files.keys()].map((path) => {
    if (!existing.has(path)) return `  ${path}`;
    return path === SECRET_FILE ? `  ${path} (kept, adds ${added})` : `  ${path} (overwritten)`;
  });
  const changes = lines.filter((line) => line.endsWith(")"));
  if (changes.length > 0 && !flags.force) {
    io.printError(`error: These files in "${dir}" would change:`);
    for (const line of changes) io.printError(line);
    io.printError("Choose another folder with --dir, or change only these files with --force");
    return 1;
  }
  if (flags.dryRun) {
    io.print(`These files would be written to "${dir}":`);
    for (const line of lines) io.print(line);
    return 0;
  }
  await writeProject(dir, files, existing);
  const git = flags.git ? await io.initGit(dir) : "";

  const done = existing.size === 0 ? "Created" : "Updated";
  io.print(`${done} ${options.name} from the template ${options.template.name} in "${dir}"`);
  if (existing.size > 0) {
    io.print(
      "Written (in a git repository, git restore FILE takes back one that was overwritten):",
    );
    for (const line of lines) io.print(line);
  }
  if (git !== "") io.print(git);
  const urlWithApi = flags.backendUrl === undefined || existing.has(SECRET_FILE)
    ? undefined
    : backendUrlWithApi(options.backendUrl);
  if (urlWithApi !== undefined) {
    io.print(
      `The URL does not end in /api: if it should be ${urlWithApi}, deno task setup corrects it`,
    );
  }
  const path = relative(io.cwd, dir);
  const shownDir = path.startsWith("..") ? dir : path;
  const cd = shownDir === "" ? "" : `cd ${quotePath(shownDir, io.windows)}`;
  for (const line of nextSteps(options, cd)) io.print(line);
  return 0;
}

/** The files that are new or differ from the existing ones, and the settings that an existing `.env` lacks. */
function filesToWrite(
  options: ProjectOptions,
  existing: ReadonlyMap<string, string>,
): { readonly files: ReadonlyMap<string, string>; readonly added: string } {
  const env = existing.get(SECRET_FILE);
  // The file stays, so the permissions must fit it.
  const backendUrl = (env && backendUrlIn(env)) || options.backendUrl;
  const files = renderProject({ ...options, backendUrl });
  const settings = env === undefined
    ? new Map<string, string>()
    : newSettings(files.get(SECRET_FILE)!, env);
  if (env !== undefined) files.set(SECRET_FILE, [...settings.values()].join(""));
  for (const [path, text] of files) {
    if (text === "" || text === existing.get(path)) files.delete(path);
  }
  return { files, added: [...settings.keys()].join(", ") };
}

function nextSteps({ checkout }: ProjectOptions, cd: string): string[] {
  return [
    "",
    "Next:",
    ...(cd === "" ? [] : [`  ${cd}`]),
    "  deno task dev      # try it with sample devices, nothing to set up",
    "  deno task setup    # create in Grafolean what it needs, and see its first value",
    "  deno task dry-run  # see what it would send",
    "  deno task start    # run it",
    ...(checkout === undefined ? [] : [
      "",
      `The library comes from ${checkoutPath(checkout)}: see "Library" in README.md`,
    ]),
  ];
}
