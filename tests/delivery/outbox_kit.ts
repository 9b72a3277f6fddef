import { assert } from "@std/assert";
import { join } from "node:path";
import type { OpenJournal } from "../../src/delivery/load_file_journal.ts";
import { Outbox, type OutboxOptions } from "../../src/delivery/outbox.ts";
import { openJournal } from "../../src/delivery/store/open_journal.ts";
import type { BotToken } from "../../src/grafolean/bot_token.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import { createLogger, type LogRecord } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { VirtualTime } from "../virtual_time.ts";

export const asIs = (json: unknown): unknown => json;

export const START = 1_800_000_000;

interface SetUpOptions extends Partial<OutboxOptions> {
  readonly file?: string;
  readonly sandboxOptions?: SandboxOptions;
  readonly token?: BotToken;
  readonly fetch?: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch;
}

export const opening = (file: string): OpenJournal => (...args) => openJournal(file, ...args);

/** An outbox that delivers to a sandbox, in virtual time. */
export function setUp(
  { file, sandboxOptions, token, fetch = (it) => it, ...options }: SetUpOptions = {},
) {
  const time = new VirtualTime(START);
  const sandbox = new Sandbox(sandboxOptions);
  const account = sandbox.addAccount();
  const other = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", permissions: "all" });
  const records: LogRecord[] = [];
  const log = createLogger((record) => void records.push(record));
  const problems = new ProblemLog(log);
  const client = new GrafoleanClient("http://sandbox/api", token ?? bot.token, {
    fetch: fetch(sandbox.fetch),
  });
  const outbox = new Outbox({
    ...{ client, log, problems, ...options },
    openJournal: file === undefined ? undefined : opening(file),
  });
  const stored = (of = account) => sandbox.values(of).map(({ p, v }) => `${p}=${v}`);
  const logged = () =>
    records.filter(({ level }) => level !== "debug").map(({ level, message }) =>
      `${level} ${message}`
    );
  const requests = () => sandbox.requests.entries.filter(({ path }) => path.endsWith("/values"));
  /** Lets time pass until a condition holds. */
  const until = async (condition: () => boolean, mostSeconds = 60) => {
    for (let waited = 0; !condition(); waited += 0.05) {
      assert(waited < mostSeconds, `not within ${mostSeconds} s: ${condition}`);
      await time.pass(0.05);
    }
  };
  const waiting = () => outbox.stats().waiting;
  return {
    ...{ time, sandbox, account, other, bot, outbox, client, problems },
    ...{ stored, logged, requests, until, waiting },
    async [Symbol.asyncDispose]() {
      await outbox[Symbol.asyncDispose]();
      client[Symbol.dispose]();
      time[Symbol.dispose]();
    },
  };
}

export const points = (count: number, prefix = "p") =>
  Array.from({ length: count }, (_, n) => ({ p: `${prefix}${n}`, v: n }));

/** Runs a test with the name of a file that does not exist yet. */
export async function withFile(test: (file: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(join(directory, "outbox.db"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
