import { assert } from "@std/assert";
import { delimiter, dirname, join } from "node:path";
import { until } from "../until.ts";
import { applyDiff } from "./apply_diff.ts";
import type { CodeBlock } from "./markdown.ts";
import { commandsOf } from "./markdown.ts";

/** Commands that run until they are stopped, and what they print once they work. */
const LONG_RUNNING: readonly (readonly [command: RegExp, ready: RegExp])[] = [
  [/\bdeno task (?:dev|demo)\b/, /^ {2}\d\d:\d\d:\d\d /m],
  [/\bdeno task sandbox\b/, /^BOT_TOKEN=/m],
  [/\bdeno task start$/, /\d jobs? \(/],
  [/\bdeno run \S.* bot\.ts$/, /\d jobs? \(/],
  [/\bDeno\.serve\(/, /Listening on/],
  [/\bfake_inverter\.ts$/, / runs at /],
];

/** Runs the commands of a page as its reader does: in order, in one folder, and in a further terminal what goes on. */
export class Page {
  readonly #env: Record<string, string>;
  readonly #replace: (command: string) => string;
  readonly #running: Running[] = [];
  readonly #modules = new Set<string>();
  #cwd: string;

  /**
   * @param cwd Where the first command runs.
   * @param replace Turns what stands in the document into what works here, such as the address of Grafolean.
   */
  constructor(
    cwd: string,
    replace: (text: string) => string,
    env: Record<string, string> = {},
  ) {
    this.#cwd = cwd;
    this.#replace = replace;
    const path = [dirname(Deno.execPath()), Deno.env.get("PATH") ?? ""].join(delimiter);
    this.#env = { PATH: path, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env };
  }

  /** Writes or changes the file that a block is, or runs its commands. */
  async follow(block: CodeBlock): Promise<void> {
    if (block.file !== undefined) {
      const path = join(this.#cwd, block.file);
      await Deno.mkdir(dirname(path), { recursive: true });
      const isDiff = block.language === "diff";
      const text = isDiff ? applyDiff(await Deno.readTextFile(path), block.text) : block.text;
      await Deno.writeTextFile(path, text);
      if (path.endsWith(".ts")) this.#modules.add(path);
    } else if (block.language === "sh") {
      let lines: string[] = [];
      for (const command of commandsOf(block).map(this.#replace)) {
        const ready = readyOutput(command);
        if (ready === undefined) {
          lines.push(command);
          continue;
        }
        await this.#run(lines.join("\n"));
        lines = [];
        await this.#start(command, ready);
      }
      await this.#run(lines.join("\n"));
    }
  }

  /** Checks the types of the modules that the page shows. */
  async check(): Promise<void> {
    const paths = [...this.#modules].map((path) => `'${path}'`);
    if (paths.length > 0) await this.#run(`deno check ${paths.join(" ")}`);
  }

  async #run(script: string): Promise<void> {
    if (script.trim() === "") return;
    const end = "ended in ";
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-ec", `${script}\nprintf %s "${end}$PWD"`],
      cwd: this.#cwd,
      env: this.#env,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const [out, cwd] = decoder.decode(stdout).split(end);
    assert(code === 0 && cwd !== undefined, `${script}\n${out}${decoder.decode(stderr)}`);
    this.#cwd = cwd;
  }

  async #start(command: string, ready: RegExp): Promise<void> {
    const running = new Running(command, this.#cwd, this.#env);
    this.#running.push(running);
    await until(() => running.ended || ready.test(running.output), () => running.output);
    assert(!running.ended, `${command}\n${running.output}`);
  }

  /** Stops what is still running, as Ctrl-C does. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.reverse()) await running.stop();
  }
}

/** What a command prints once it works, if it runs until it is stopped. */
function readyOutput(command: string): RegExp | undefined {
  const bare = command.replace(/ +#.*/, "").trim();
  return LONG_RUNNING.find(([pattern]) => pattern.test(bare))?.[1];
}

/** A command that runs in a terminal of its own. */
class Running {
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<unknown>;
  ended = false;
  output = "";

  constructor(command: string, cwd: string, env: Record<string, string>) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", command],
      cwd,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A process group, since Ctrl-C reaches all programs of a terminal.
      detached: true,
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.output += text;
    };
    const exit = this.#child.status.then(() => this.ended = true);
    this.#ended = Promise.all([exit, read(this.#child.stdout), read(this.#child.stderr)]);
  }

  async stop(): Promise<void> {
    this.#kill("SIGINT");
    await until(() => this.ended, () => this.output);
    this.#kill("SIGKILL");
    await this.#ended;
  }

  #kill(signal: Deno.Signal): void {
    try {
      Deno.kill(-this.#child.pid, signal);
    } catch {
      // All have ended.
    }
  }
}
