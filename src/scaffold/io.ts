// Talks to the user.
// deno-lint-ignore-file no-console

import { checkoutUrl } from "./library.ts";
import { type Prompt, TERMINAL_PROMPT } from "../util/prompt.ts";

/** Everything outside of the scaffold that it uses, for tests to replace. */
export interface CreateIo {
  /** The command-line arguments. */
  readonly args: readonly string[];
  /** The command that started the scaffold, for its help. */
  readonly command: string;
  /** The current folder. */
  readonly cwd: string;
  /** The checkout that the scaffold runs from, as a `file:` URL; `undefined` for JSR. */
  readonly checkout: string | undefined;
  /** The version of Deno. */
  readonly denoVersion: string;
  /** Whether to quote paths for the shells of Windows. */
  readonly windows: boolean;
  /** Asks the user; `undefined` without a terminal. */
  readonly prompt: Prompt | undefined;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  printError(line: string): void;
  /**
   * Requests the permission to read a folder and, if `write` is set, to write to it.
   *
   * @returns Why it was denied and what to do, or `undefined` if it was granted.
   */
  requestAccess(dir: string, write: boolean): Promise<string | undefined>;
  /**
   * Creates a git repository in a folder unless it is in one.
   *
   * @returns What was done, as a sentence.
   */
  initGit(dir: string): Promise<string>;
}

/**
 * Connects the scaffold to this Deno process.
 *
 * @param moduleUrl The URL of the main module, in the root of the library.
 */
export function denoIo(moduleUrl: string): CreateIo {
  const checkout = checkoutUrl(moduleUrl);
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  return {
    args: Deno.args,
    command: checkout === undefined
      ? "deno run jsr:@grafolean/collector/create"
      : "deno run scaffold.ts",
    cwd: Deno.cwd(),
    checkout,
    denoVersion: Deno.version.deno,
    windows: Deno.build.os === "windows",
    prompt: isTerminal ? TERMINAL_PROMPT : undefined,
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    requestAccess,
    initGit,
  };
}

async function requestAccess(dir: string, write: boolean): Promise<string | undefined> {
  // For the folder as a whole: otherwise Deno asks for each file.
  for (const name of write ? ["read", "write"] as const : ["read"] as const) {
    const { state } = await Deno.permissions.request({ name, path: dir });
    if (state !== "granted") {
      const flags = `--allow-read="${dir}"${write ? ` --allow-write="${dir}"` : ""}`;
      return `No permission to ${name} "${dir}": put ${flags} after "deno run"`;
    }
  }
  return undefined;
}

async function initGit(dir: string): Promise<string> {
  const none = "No git repository created:";
  const { state } = await Deno.permissions.request({ name: "run", command: "git" });
  if (state !== "granted") return `${none} Deno may not run git (--allow-run=git)`;
  try {
    const inside = await git(dir, "rev-parse", "--is-inside-work-tree");
    if (inside.success) return `${none} the folder is already in one`;
    const init = await git(dir, "init", "--quiet");
    if (init.success) return "Created a git repository, with nothing committed yet";
    return `${none} ${new TextDecoder().decode(init.stderr).trim()}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${none} git is not installed`;
    return `${none} ${error instanceof Error ? error.message : error}`;
  }
}

function git(dir: string, ...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("git", { args, cwd: dir, stdin: "null" }).output();
}
