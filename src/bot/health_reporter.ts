import { rename, writeFile } from "node:fs/promises";
import process from "node:process";
import type { CollectorStats } from "../collector/stats.ts";
import { describeError } from "../util/describe_error.ts";
import type { Logger, LogRecord } from "../util/log.ts";
import { type HealthReport, REPORT_INTERVAL } from "./health.ts";

/** What a {@linkcode HealthReporter} needs. */
export interface HealthReporterOptions {
  /** The file. */
  readonly file: string;
  /** The name of the bot. */
  readonly name: string;
  /** Is told when the file cannot be written. */
  readonly log: Pick<Logger, "warn">;
  /** The current time in milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** What is known of a bot that collects. */
export interface Collecting {
  /** How often it asks for its jobs, in seconds. */
  readonly jobsRefreshInterval: number;
  /** How its collector is doing. */
  readonly stats: () => CollectorStats;
}

/**
 * Writes a {@linkcode HealthReport} every 10 seconds as long as a bot lives. Whoever reads the file finds a whole report:
 * it is put in the place of the one before.
 */
export class HealthReporter implements AsyncDisposable {
  readonly #options: HealthReporterOptions;
  readonly #startedAt: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #writing: Promise<void> = Promise.resolve();
  #collecting: Collecting | undefined;
  #complaint: string | null = null;
  #deliveredAt: number;
  #sent = 0;
  #dropped = 0;
  #droppedAt: number | null = null;
  #warned = false;

  /** Starts to write. */
  constructor(options: HealthReporterOptions) {
    this.#options = options;
    this.#startedAt = this.#deliveredAt = this.#now();
    this.#timer = setInterval(() => this.#write("alive"), REPORT_INTERVAL * 1000);
    this.#write("alive");
  }

  /** Hears what the bot says. What is about one device does not matter here. */
  hear({ level, jobId, message }: LogRecord): void {
    if (jobId !== undefined || level === "debug") return;
    // While it waits, the reason why is said in a low voice too.
    if (level === "info" && this.#collecting !== undefined) return;
    this.#complaint = message;
  }

  /** From now on the bot collects. */
  collecting(collecting: Collecting): void {
    this.#collecting = collecting;
    this.#complaint = null;
    this.#write("alive");
  }

  /** Writes that the bot has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#write("ended");
    await this.#writing;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)() / 1000;
  }

  #write(life: "alive" | "ended"): void {
    const text = `${JSON.stringify(this.#report(life))}\n`;
    // One after the other: a slow disk must not put an old report in the place of a new one.
    this.#writing = this.#writing.then(() => this.#put(text));
  }

  #report(life: "alive" | "ended"): HealthReport {
    const at = this.#now();
    const stats = this.#collecting?.stats() ?? null;
    if (stats !== null) {
      const { sent, waiting, dropped } = stats.values;
      if (waiting === 0 && stats.refresh.ok) this.#complaint = null; // that is over
      if (sent > this.#sent || waiting === 0) this.#deliveredAt = at;
      if (dropped > this.#dropped) this.#droppedAt = at;
      this.#sent = sent;
      this.#dropped = dropped;
    }
    const state = stats === null ? "waiting" : "collecting";
    return {
      name: this.#options.name,
      pid: process.pid,
      startedAt: this.#startedAt,
      at,
      state: life === "ended" ? life : state,
      jobsRefreshInterval: this.#collecting?.jobsRefreshInterval ?? 0,
      deliveredAt: this.#deliveredAt,
      droppedAt: this.#droppedAt,
      complaint: this.#complaint,
      stats,
    };
  }

  async #put(text: string): Promise<void> {
    const { file, log } = this.#options;
    try {
      // For whoever wants to know how the bot is, but nobody else is to say it, whatever the umask lets through.
      await writeFile(`${file}.new`, text, { mode: 0o644 });
      await rename(`${file}.new`, file);
      this.#warned = false;
    } catch (error) {
      if (!this.#warned) log.warn(`Cannot write HEALTH_FILE "${file}": ${describeError(error)}`);
      this.#warned = true;
    }
  }
}
