import { assertEquals } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import * as sqlite from "node:sqlite";
import type { Journal } from "../../../src/delivery/store/journal.ts";
import { openJournal } from "../../../src/delivery/store/open_journal.ts";
import {
  type UnwrittenValue,
  type WaitingRow,
  WaitingValues,
} from "../../../src/delivery/store/waiting_values.ts";
import { createLogger, type LogRecord } from "../../../src/util/log.ts";
import { ProblemLog } from "../../../src/util/problem_log.ts";
import { TextLineStream } from "./text_line_stream.ts";

const BOT = new URL("./journal_bot.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/** A directory for an outbox file; it is gone at the end of the test. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "journal-"));
  /** The directory of the file, so that it can be moved away. */
  readonly data: string = join(this.path, "data");
  readonly file: string = join(this.data, "outbox.db");

  constructor() {
    Deno.mkdirSync(this.data);
  }

  /** The names of the files beside the outbox, itself included. */
  names(): string[] {
    return [...Deno.readDirSync(this.data)].map(({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** The class of a connection to SQLite. */
export type Connection = typeof sqlite.DatabaseSync;

/** An outbox file that was opened in this process. */
export class Opened implements Disposable {
  readonly waiting = new WaitingValues();
  readonly records: LogRecord[] = [];
  readonly restored: WaitingRow[] = [];
  readonly problems: ProblemLog;
  readonly journal: Journal;

  #isOpen = true;

  /** Opens it with a connection of its own to SQLite; `null` stands for a runtime that has none. */
  constructor(file: string, DatabaseSync: Connection | null = Impatient) {
    const log = createLogger((record) => void this.records.push(record));
    this.problems = new ProblemLog(log);
    const { getBuiltinModule } = process;
    process.getBuiltinModule = () =>
      DatabaseSync === null ? undefined : { ...sqlite, DatabaseSync };
    try {
      this.journal = openJournal(file, this.waiting, {
        problems: this.problems,
        log,
        onRestored: (rows) => void this.restored.push(...rows),
      });
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  }

  /** Adds values of an account and commits them. */
  add(added: readonly UnwrittenValue[], accountId = 1): WaitingRow[] {
    const rows = this.waiting.add(accountId, added);
    this.journal.commit();
    return rows;
  }

  /** All values that wait. */
  all(): UnwrittenValue[] {
    return [...this.waiting.rows()].flatMap((row) =>
      row.values.map(({ p, v, t }) => ({ p, v, t }))
    );
  }

  /** What was logged. */
  get log(): string {
    return this.records.map(({ message }) => message).join("\n");
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) this.journal[Symbol.dispose]();
    this.#isOpen = false;
  }
}

/** Waits for no other holder of the file. */
export class Impatient extends sqlite.DatabaseSync {
  override exec(sql: string): void {
    super.exec(sql.replace(/(busy_timeout =) \d+/, "$1 10"));
  }
}

/** What a {@linkcode JournalBot} answers. */
export interface BotReport {
  readonly durable: boolean;
  readonly values: number;
  readonly open: readonly string[];
  readonly lines: readonly string[];
}

/** A process with an outbox file. */
export class JournalBot implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(file: string, flags: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-prompt", `--config=${CONFIG}`, ...flags, BOT, file],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#answers = this.#process.stdout.pipeThrough(new TextLineStream()).getReader();
    this.#commands = this.#process.stdin.getWriter();
  }

  /** Starts it, with permissions for the folder of the file or those of `flags`. */
  static async start(folder: Folder, flags?: readonly string[]): Promise<JournalBot> {
    const { file, data } = folder;
    const bot = new JournalBot(
      file,
      flags ?? [`--allow-read=${data}`, `--allow-write=${data}`],
    );
    try {
      await bot.#answer();
    } catch (error) {
      await bot.kill();
      throw error;
    }
    return bot;
  }

  /** Gives it a command: `add N`, `remove N`, or `report`. */
  async tell(command: string): Promise<BotReport> {
    await this.#commands.write(new TextEncoder().encode(`${command}\n`));
    return await this.#answer();
  }

  /** Lets it write without an end. Returns what was in the file at least when it was killed, after so many commits. */
  async churn(commits: number): Promise<{ first: number; end: number }> {
    await this.#commands.write(new TextEncoder().encode("churn\n"));
    let last = "";
    for (let commit = 0; commit < commits; commit++) {
      last = (await this.#answers.read()).value ?? last;
    }
    this.#process.kill("SIGKILL");
    for (;;) {
      const { value } = await this.#answers.read();
      if (value === undefined) return JSON.parse(last);
      last = value;
    }
  }

  /** Lets it stand still, or go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  /** Kills it with signal 9. */
  async kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
    await this.#answers.cancel().catch(() => {});
    await this.#commands.abort().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #answer(): Promise<BotReport> {
    const { value } = await this.#answers.read();
    if (value === undefined) throw new Error("The bot has ended");
    return JSON.parse(value);
  }
}

/** Opens a file, and checks that just these values wait in it, in any order. */
export function assertHolds(file: string, expected: readonly UnwrittenValue[]): Opened {
  using opened = new Opened(file);
  const byTime = (a: UnwrittenValue, b: UnwrittenValue): number => a.t - b.t;
  assertEquals(opened.all().sort(byTime), [...expected].sort(byTime), opened.log);
  return opened;
}

/** Mounts a file system of a megabyte on a directory. Returns whether that is possible here. */
export function mountSmall(directory: string): boolean {
  try {
    const args = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory];
    return new Deno.Command("mount", { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Undoes {@linkcode mountSmall}. */
export function unmount(directory: string): void {
  new Deno.Command("umount", { args: [directory] }).outputSync();
}

/** Whether a file system can be mounted here. */
export function canMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  using folder = new Folder();
  if (!mountSmall(folder.data)) return false;
  unmount(folder.data);
  return true;
}
