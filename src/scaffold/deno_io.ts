// A program that talks to people.
// deno-lint-ignore-file no-console

import { askSecret } from "./prompt.ts";
import type { CreateWorld } from "./create.ts";
import { librarySource } from "./library.ts";
import { GivenUp, type Person } from "./resolve_options.ts";

/**
 * Makes the world of a program that Deno runs.
 *
 * @param moduleUrl The URL of the main module, in the root of the library.
 */
export function denoWorld(moduleUrl: string): CreateWorld {
  const library = librarySource(moduleUrl);
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  return {
    args: Deno.args,
    command: library.kind === "jsr"
      ? "deno run jsr:@grafolean/collector/create"
      : "deno run scaffold.ts",
    cwd: Deno.cwd(),
    library,
    denoVersion: Deno.version.deno,
    windows: Deno.build.os === "windows",
    person: isTerminal ? PERSON : undefined,
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
    allow,
    initGit,
  };
}

const PERSON: Person = {
  ask(question, standard) {
    // Not as the default of prompt(), which would be a text to be edited.
    const answer = prompt(`${question}${standard === "" ? "" : ` [${standard}]`}:`);
    // Ctrl-C or Ctrl-D.
    if (answer === null) throw new GivenUp();
    return answer.trim() || standard;
  },
  async askSecret(question) {
    const answer = await askSecret(question, {
      read: (buffer) => Deno.stdin.read(buffer),
      setRaw: (raw) => Deno.stdin.setRaw(raw),
      write: (text) => Deno.stdout.writeSync(new TextEncoder().encode(text)),
    });
    if (answer === null) throw new GivenUp();
    return answer;
  },
  say: (line) => console.log(line),
};

async function allow(dir: string, write: boolean): Promise<string | undefined> {
  // Asked for the folder as a whole: otherwise Deno would ask for each file.
  for (const name of write ? ["read", "write"] as const : ["read"] as const) {
    const { state } = await Deno.permissions.request({ name, path: dir });
    if (state !== "granted") {
      const flags = `--allow-read="${dir}"${write ? ` --allow-write="${dir}"` : ""}`;
      return `Deno does not allow to ${name} "${dir}": put ${flags} after "deno run"`;
    }
  }
  return undefined;
}

async function initGit(dir: string): Promise<string> {
  const none = "It is not a git repository:";
  const { state } = await Deno.permissions.request({ name: "run", command: "git" });
  if (state !== "granted") return `${none} Deno does not allow to run git (--allow-run=git).`;
  try {
    const inside = await git(dir, "rev-parse", "--is-inside-work-tree");
    if (inside.success) return "It is a part of the git repository around it.";
    const made = await git(dir, "init", "--quiet");
    if (made.success) return "It is a git repository, with nothing committed yet.";
    return `${none} ${new TextDecoder().decode(made.stderr).trim()}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${none} git is not installed.`;
    return `${none} ${error instanceof Error ? error.message : error}`;
  }
}

function git(dir: string, ...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("git", { args, cwd: dir, stdin: "null" }).output();
}
