import { Sandbox } from "../../src/testing/mod.ts";
import { Front } from "./front.ts";
import { type Accepted, compare } from "./ledger.ts";

const BOT = new URL("./bot.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** A folder for bots in processes of their own, and a sandbox that they reach through a front. */
export class ProcessStage implements AsyncDisposable {
  readonly sandbox: Sandbox = new Sandbox();
  readonly front: Front = new Front(this.sandbox);
  readonly accounts: readonly { readonly id: number }[] = [
    this.sandbox.addAccount(),
    this.sandbox.addAccount(),
  ];
  readonly folder: string;
  readonly #delivery: "post" | "put";
  readonly #token: string;
  readonly #running = new Set<Deno.ChildProcess>();

  private constructor(folder: string, delivery: "post" | "put") {
    this.folder = folder;
    this.#delivery = delivery;
    this.#token = this.sandbox.addBot({ protocol: "x", permissions: "all" }).token;
  }

  /** Opens everything but a bot. */
  static async open(delivery: "post" | "put"): Promise<ProcessStage> {
    const stage = new ProcessStage(await Deno.makeTempDir(), delivery);
    await stage.front.up();
    return stage;
  }

  /** The outbox file of the bots. */
  get file(): string {
    return `${this.folder}/outbox.db`;
  }

  /** Starts a bot, with `ONCE=1` for a single run. */
  start(env: Readonly<Record<string, string>> = {}): Deno.ChildProcess {
    const bot = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        `--config=${CONFIG}`,
        `--allow-net=${new URL(this.front.url).host}`,
        "--allow-env",
        `--allow-read=${this.folder}`,
        `--allow-write=${this.folder}`,
        BOT,
        ...(env["ONCE"] ? ["--once"] : []),
      ],
      cwd: this.folder,
      env: {
        BACKEND_URL: this.front.url,
        BOT_TOKEN: this.#token,
        OUTBOX_FILE: this.file,
        JOURNAL: `${this.folder}/journal`,
        ACCOUNTS: this.accounts.map(({ id }) => id).join(","),
        DELIVERY: this.#delivery,
        NO_COLOR: "1",
        ...env,
      },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#running.add(bot);
    bot.status.then(() => this.#running.delete(bot));
    return bot;
  }

  /** The values whose `sendResults` has resolved in any bot. */
  async accepted(): Promise<Accepted[]> {
    const text = await Deno.readTextFile(`${this.folder}/journal`).catch(() => "");
    // A line may be cut where the process died.
    return text.split("\n").filter((line) => line.endsWith("}")).map((line) => JSON.parse(line));
  }

  /** How many accepted values are not stored. */
  async missing(): Promise<number> {
    return compare(await this.accepted(), this.sandbox).lost;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bot of this.#running) bot.kill("SIGKILL");
    await Promise.all([...this.#running].map((bot) => bot.status));
    await this.front.down();
    await Deno.remove(this.folder, { recursive: true });
  }
}
