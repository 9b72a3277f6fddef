import { rename, writeFile } from "node:fs/promises";
import process from "node:process";
import type { CollectorStats } from "../collector/stats.ts";
import { describeError } from "../util/describe_error.ts";
import type { Logger, LogRecord } from "../util/log.ts";
import { type HealthReport, REPORT_INTERVAL_S } from "./health.ts";

interface HealthReporterOptions {
  /** The `HEALTH_FILE`. */
  readonly file: string;
  /** The name of the bot. */
  readonly name: string;
  /** Logs when the file cannot be written. */
  readonly log: Pick<Logger, "warn">;
  /** Returns the current time in milliseconds. @default Date.now */
  readonly now?: () => number;
}

interface CollectorInfo {
  /** How often the jobs are refreshed, in seconds. */
  readonly jobsRefreshInterval: number;
  /** Returns the stats of the collector. */
  readonly stats: () => CollectorStats;
}

/**
 * Writes a {@linkcode HealthReport} every 10 seconds while the bot runs. Each report replaces the one before in one step,
 * so that readers never see half of one.
 */
export class HealthReporter implements AsyncDisposable {
  readonly #options: HealthReporterOptions;
  readonly #startedAt: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #writing: Promise<void> = Promise.resolve();
  #collector: CollectorInfo | undefined;
  #lastError: string | null = null;
  #deliveredAt: number;
  #sent = 0;
  #dropped = 0;
  #droppedAt: number | null = null;
  #warned = false;

  /** Constructs a new instance, which writes its first report at once. */
  constructor(options: HealthReporterOptions) {
    this.#options = options;
    this.#startedAt = this.#deliveredAt = this.#now();
    this.#timer = setInterval(() => this.#write(), REPORT_INTERVAL_S * 1000);
    this.#write();
  }

  /** Called with each record that the bot logs. Those of single jobs are ignored. */
  onRecord({ level, jobId, message }: LogRecord): void {
    if (jobId !== undefined || level === "debug") return;
    // While the bot waits, the reason is logged at level info too.
    if (level === "info" && this.#collector !== undefined) return;
    this.#lastError = message;
  }

  /** Called when the bot starts to collect. */
  onCollecting(collector: CollectorInfo): void {
    this.#collector = collector;
    this.#lastError = null;
    this.#write();
  }

  /** Reports that the bot has stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#write("stopped");
    await this.#writing;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)() / 1000;
  }

  #write(state?: "stopped"): void {
    const text = `${JSON.stringify(this.#report(state))}\n`;
    // One after the other: on a slow disk an old report must not replace a newer one.
    this.#writing = this.#writing.then(() => this.#replaceFile(text));
  }

  #report(state?: "stopped"): HealthReport {
    const at = this.#now();
    const stats = this.#collector?.stats() ?? null;
    if (stats !== null) {
      const { sent, waiting, dropped } = stats.values;
      if (waiting === 0 && stats.refresh.ok) this.#lastError = null; // it is over
      if (sent > this.#sent || waiting === 0) this.#deliveredAt = at;
      if (dropped > this.#dropped) this.#droppedAt = at;
      this.#sent = sent;
      this.#dropped = dropped;
    }
    return {
      name: this.#options.name,
      pid: process.pid,
      startedAt: this.#startedAt,
      at,
      state: state ?? (stats === null ? "waiting" : "collecting"),
      jobsRefreshInterval: this.#collector?.jobsRefreshInterval ?? 0,
      deliveredAt: this.#deliveredAt,
      droppedAt: this.#droppedAt,
      lastError: this.#lastError,
      stats,
    };
  }

  async #replaceFile(text: string): Promise<void> {
    const { file, log } = this.#options;
    try {
      // Everybody may read the status, but only the bot may write it, whatever the umask.
      await writeFile(`${file}.new`, text, { mode: 0o644 });
      await rename(`${file}.new`, file);
      this.#warned = false;
    } catch (error) {
      if (!this.#warned) log.warn(`Cannot write HEALTH_FILE "${file}": ${describeError(error)}`);
      this.#warned = true;
    }
  }
}
