import { delay } from "@std/async/delay";
import type { CollectorOptions, CollectorStats, LogRecord } from "../../mod.ts";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import { DrivenBot } from "./driven_bot.ts";
import { Front } from "./front.ts";
import type { Accepted } from "./ledger.ts";

/**
 * Much longer than any pause that a healthy backend should see: of 10 ms each, and of more where this process gets little
 * done.
 */
const STALL_LOOKS = 2000;

type ResultsStats = CollectorStats["values"];

interface StageOptions {
  /** The number of accounts. @default 1 */
  readonly accounts?: number;
  readonly sandbox?: SandboxOptions | undefined;
  readonly collector?: CollectorOptions;
  /** How long every answer takes, in milliseconds. @default 0 */
  readonly latencyMs?: number;
  /** Whether the backend cannot be reached at the start. @default false */
  readonly isDown?: boolean | undefined;
}

interface StreamOptions {
  /** The number of jobs; they take turns with the accounts. */
  readonly jobs: number;
  /** The number of values in each run of a job. */
  readonly perRun: number;
  /** From one run to the next, in milliseconds. */
  readonly periodMs: number;
  /** How long, in milliseconds. */
  readonly forMs: number;
  /** The accounts of the values. @default all */
  readonly accounts?: readonly { readonly id: number }[];
}

/** How late values were stored, relative to when they were handed over; in seconds. */
export interface Lateness {
  /** How many values were handed over. */
  readonly count: number;
  /** How many of them are stored. */
  readonly stored: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  /** The share of all values that were stored within so many seconds. */
  within(seconds: number): number;
}

/** A bot in this process and a sandbox that it reaches by real HTTP through a front, from the outer door of each. */
export class Stage implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly front: Front;
  readonly accounts: readonly { readonly id: number }[];
  readonly bot: DrivenBot;
  readonly logged: LogRecord[] = [];
  /** The values whose hand-over has resolved. */
  readonly accepted: Accepted[] = [];
  /** The number of values whose hand-over has begun. */
  begun = 0;
  /** Called when a hand-over has begun, and when it has resolved. */
  onSend: (moment: string) => void = () => {};
  /** By value, when it was handed over and when it was stored, in milliseconds. */
  readonly #handedOverAt = new Map<number, number>();
  readonly #storedAt = new Map<number, number>();

  private constructor(sandbox: Sandbox, front: Front, options: StageOptions) {
    this.sandbox = sandbox;
    this.front = front;
    this.accounts = Array.from({ length: options.accounts ?? 1 }, () => sandbox.addAccount());
    const { token } = sandbox.addBot({ protocol: "x", permissions: "all" });
    const { logSink } = options.collector ?? {};
    this.bot = new DrivenBot(front.url, token, {
      ...options.collector,
      logSink: (record) => {
        this.logged.push(record);
        logSink?.(record);
      },
    });
    sandbox.onValues((values) => {
      const now = performance.now();
      for (const { p, v } of values) {
        if (p.startsWith("job.") && !this.#storedAt.has(v)) this.#storedAt.set(v, now);
      }
    });
  }

  /** Starts everything. */
  static async open(options: StageOptions = {}): Promise<Stage> {
    const sandbox = new Sandbox(options.sandbox);
    const front = new Front(sandbox);
    front.latencyMs = options.latencyMs ?? 0;
    await front.up();
    const stage = new Stage(sandbox, front, options);
    if (options.isDown) await front.down();
    await stage.bot.start();
    return stage;
  }

  /** Hands values over; each gets a number of its own, which ascends. */
  async send(accountId: number, paths: readonly string[]): Promise<void> {
    const values = paths.map((p) => ({ p, v: ++this.begun }));
    const now = performance.now();
    for (const { v } of values) this.#handedOverAt.set(v, now);
    const before = Date.now();
    const resolved = this.bot.send(accountId, values);
    this.onSend("in the turn of a hand-over");
    await resolved;
    this.onSend("after a hand-over");
    const after = Date.now();
    // The clock may have been set in between.
    const [from, to] = [Math.min(before, after), Math.max(before, after)];
    this.accepted.push(...values.map(({ p, v }) => ({ accountId, p, v, from, to })));
  }

  /** Lets jobs send values of the paths `job.JOB.N`, the jobs one after another, spread over the period. */
  async stream({ jobs, perRun, periodMs, forMs, accounts }: StreamOptions): Promise<void> {
    const of = accounts ?? this.accounts;
    const start = performance.now();
    const job = async (number: number) => {
      const paths = Array.from({ length: perRun }, (_, n) => `job.${number}.${n}`);
      for (let at = start + number * periodMs / jobs; at < start + forMs; at += periodMs) {
        const early = at - performance.now();
        if (early > 0) await delay(early);
        await this.send(of[number % of.length]!.id, paths);
      }
    };
    await Promise.all(Array.from({ length: jobs }, (_, number) => job(number)));
  }

  /** Whether a value is stored. */
  isStored({ v }: Accepted): boolean {
    return this.#storedAt.has(v);
  }

  /** Waits until values are stored, by default all accepted ones. Returns how many are missing when no more come. */
  async missing(selected: (value: Accepted) => boolean = () => true): Promise<number> {
    const missing = new Set(this.accepted.filter(selected));
    await unlessStalled(() => {
      for (const value of missing) if (this.isStored(value)) missing.delete(value);
      return missing.size === 0;
    }, () => missing.size);
    return missing.size;
  }

  /** Waits until so many values wait, of which some must be in quarantine, and returns the final stats. */
  async waiting(count: number): Promise<ResultsStats> {
    const stats = () => this.bot.stats().values;
    await unlessStalled(
      () => stats().waiting === count && (count === 0 || stats().quarantined > 0),
      () => stats().waiting,
    );
    return stats();
  }

  /** How late values were stored, by default all accepted ones. */
  lateness(selected: (value: Accepted) => boolean = () => true): Lateness {
    const all = this.accepted.filter(selected);
    const late = all.filter((value) => this.isStored(value))
      .map(({ v }) => (this.#storedAt.get(v)! - this.#handedOverAt.get(v)!) / 1000)
      .sort((a, b) => a - b);
    const quantile = (q: number) => late[Math.floor(q * (late.length - 1))] ?? 0;
    return {
      count: all.length,
      stored: late.length,
      p50: quantile(0.5),
      p99: quantile(0.99),
      worst: quantile(1),
      within: (seconds) => late.filter((value) => value <= seconds).length / all.length,
    };
  }

  /** When a value was stored, by `performance.now()`. */
  storedAt({ v }: Accepted): number | undefined {
    return this.#storedAt.get(v);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bot.stop();
    await this.front[Symbol.asyncDispose]();
  }
}

/** Looks until a condition holds, or there is no progress for a long time. */
async function unlessStalled(condition: () => boolean, progress: () => unknown): Promise<void> {
  let last = progress();
  for (let looks = 0; looks < STALL_LOOKS && !condition(); looks++) {
    const current = progress();
    if (current !== last) {
      last = current;
      looks = 0;
    }
    await delay(10);
  }
}
