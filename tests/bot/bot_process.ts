// Starts bots as processes against a Grafolean on a port.

import { fileURLToPath } from "node:url";
import { SETTINGS } from "../../src/bot/settings.ts";
import { STATUS_SETTINGS } from "../../src/status/settings.ts";
import { Sandbox } from "../../src/testing/mod.ts";

/** The names of the settings. */
export const NAMES = Object.values({ ...STATUS_SETTINGS, ...SETTINGS }).map(({ name }) => name);
/** The bot. */
export const PROGRAM = fileURLToPath(new URL("./run_bot_program.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** On Windows a signal from another process kills the program. */
export const noSignals = Deno.build.os === "windows";

/** A Grafolean on a port, and a directory in which to start bots. */
export async function stage(...devices: string[]) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "named", account });
  const credential = sandbox.addCredential(account, { protocol: "named" });
  const sensor = sandbox.addSensor(account, { protocol: "named", defaultInterval: 1 });
  for (const name of devices) {
    sandbox.addEntity(account, {
      name,
      protocols: { named: { credential, bot, sensors: [sensor] } },
    });
  }
  const server = await sandbox.listen();
  const folder = await Deno.makeTempDir();
  const permissions = [
    `--allow-net=127.0.0.1:${server.port}`,
    `--allow-env=${[...NAMES, "NO_COLOR", "TERM"].join(",")}`,
    "--allow-read=.env",
  ];
  return {
    sandbox,
    account,
    bot,
    credential,
    sensor,
    folder,
    token: bot.token,
    env: { BACKEND_URL: server.url, BOT_TOKEN: bot.token },
    permissions,
    /** Starts the bot on Deno with this environment and the permissions that a bot needs. */
    start: (args: string[], env: Record<string, string>, allowed: string[] = permissions) =>
      new Started([...denoRun(allowed), ...args], { env, cwd: folder }),
    /** Starts a command with this environment. */
    run: (command: readonly string[], options: Omit<StartedOptions, "cwd">) =>
      new Started(command, { ...options, cwd: folder }),
    async [Symbol.asyncDispose](): Promise<void> {
      await server.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What {@linkcode stage} returns. */
export type Stage = Awaited<ReturnType<typeof stage>>;

/** The command that runs the bot on Deno. */
export function denoRun(permissions: readonly string[]): string[] {
  const options = ["--no-check", "--no-prompt", `--config=${CONFIG}`];
  return [Deno.execPath(), "run", ...options, ...permissions, PROGRAM];
}

/** What Deno itself needs. */
const OWN = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "PATH", "TMPDIR", "SystemRoot", "LOCALAPPDATA"];

interface StartedOptions {
  readonly env: Record<string, string>;
  readonly cwd: string;
  /** Whether {@linkcode Started.type} is used. */
  readonly stdin?: boolean;
  /** Nobody reads this output: its pipe is closed from the beginning. */
  readonly closed?: "stdout" | "stderr";
}

/** A process whose output is read. */
export class Started {
  readonly #child: Deno.ChildProcess;
  readonly #streams: Promise<string>[];
  readonly #keys: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #output = "";
  #onOutput = () => {};

  constructor(
    [program = "", ...args]: readonly string[],
    { env, cwd, stdin = false, closed }: StartedOptions,
  ) {
    const kept = OWN.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    this.#child = new Deno.Command(program, {
      args,
      cwd,
      clearEnv: true,
      env: { ...Object.fromEntries(kept), ...env },
      stdin: stdin ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#streams = (["stdout", "stderr"] as const).map((name) =>
      name === closed ? this.#child[name].cancel().then(() => "") : this.#read(this.#child[name])
    );
    if (stdin) this.#keys = this.#child.stdin.getWriter();
  }

  /** Types on the terminal of the process. */
  async type(text: string): Promise<void> {
    try {
      await this.#keys?.write(new TextEncoder().encode(text));
    } catch {
      // It has ended.
    }
  }

  /** Waits until the output contains a text. */
  async waitForOutput(text: string): Promise<void> {
    // Later than the process itself: what it printed last may still have to be read.
    const ended = Promise.all(this.#streams).then(() => false);
    while (!this.#output.includes(text)) {
      const output = new Promise<boolean>((resolve) => this.#onOutput = () => resolve(true));
      if (!await Promise.race([output, ended])) {
        throw new Error(`No output "${text}":\n${this.#output}`);
      }
    }
  }

  /** What it has printed and logged. */
  get output(): string {
    return this.#output;
  }

  signal(name: Deno.Signal): void {
    try {
      this.#child.kill(name);
    } catch {
      // It has ended.
    }
  }

  /** Resolves when it has ended. */
  get ended(): Promise<unknown> {
    return this.#child.status;
  }

  async end(): Promise<{ code: number; stdout: string; stderr: string }> {
    const [stdout = "", stderr = ""] = await Promise.all(this.#streams);
    const { code } = await this.#child.status;
    await this.#keys?.close().catch(() => {});
    return { code, stdout, stderr };
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<string> {
    let text = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      this.#output += part;
      this.#onOutput();
    }
    return text;
  }
}
