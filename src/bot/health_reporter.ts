import process from "node:process";
import { describeError } from "../util/describe_error.ts";
import { ForeignFileError, resolveOwnFile } from "../util/own_file.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { isJobScope } from "../util/problem_scope.ts";
import { replaceFile } from "../util/replace_file.ts";
import { type HealthReport, readReport, REPORT_INTERVAL_S } from "./health.ts";
import type { LiveBot } from "./live_bot.ts";

interface HealthReporterOptions {
  /** The `HEALTH_FILE`. */
  readonly file: string;
  /** The bot. */
  readonly bot: LiveBot;
  /** Logs when the file cannot be written. */
  readonly problems: ProblemLog;
}

/**
 * Writes a {@linkcode HealthReport} every 10 seconds while the bot runs. Each report replaces the one before in one step,
 * so that readers never see half of one.
 */
export class HealthReporter implements AsyncDisposable {
  readonly #options: HealthReporterOptions;
  #writing: Promise<void> | undefined;
  #next: HealthReport | undefined;
  #hasWritten = false;

  /** Constructs a new instance, which writes its first report at once. */
  constructor(options: HealthReporterOptions) {
    this.#options = options;
    options.bot.watch(() => this.#write());
  }

  /** Reports that the bot has stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.bot[Symbol.dispose]();
    this.#write({
      ok: false,
      line: `${this.#options.bot.name} is unhealthy: stopped`,
      state: "stopped",
    });
    await this.#writing;
  }

  #write(last?: Pick<HealthReport, "ok" | "line" | "state">): void {
    const { bot } = this.#options;
    const at = Date.now() / 1000;
    const stats = bot.stats();
    const { ok, line, state } = bot.health(at, stats);
    this.#next = {
      ok,
      line,
      at,
      state,
      name: bot.name,
      pid: process.pid,
      startedAt: bot.startedAt,
      // Everybody may read the file, and what jobs report may be confidential.
      stats: stats && {
        ...stats,
        problems: stats.problems.filter(({ scope }) => !isJobScope(scope)),
      },
      ...last,
    };
    this.#writing ??= this.#writeNext();
  }

  /** Writes the latest report, one at a time: on a slow disk an old one must not replace a newer one, nor delay it. */
  async #writeNext(): Promise<void> {
    while (this.#next !== undefined) {
      const report = this.#next;
      this.#next = undefined;
      await this.#replaceFile(report);
    }
    this.#writing = undefined;
  }

  async #replaceFile(report: HealthReport): Promise<void> {
    const { file, problems } = this.#options;
    try {
      const path = resolveOwnFile(file);
      if (!this.#hasWritten) {
        const other = await readReport(file).catch(() => null);
        if (other === undefined) {
          throw new Error("it is a file of another program: choose another name");
        }
        if (other !== null && isOfRunningBot(other, report.at)) return;
      }
      this.#hasWritten = true;
      // Everybody may read the status, but only the bot may write it, whatever the umask.
      const text = `${JSON.stringify(report)}\n`;
      // The next one follows soon.
      await replaceFile(path, text, { mode: 0o644, sync: false });
      problems.clear("health file");
    } catch (error) {
      const reason = error instanceof ForeignFileError ? error.message : describeError(error);
      problems.raise("health file", `Cannot write HEALTH_FILE "${file}": ${reason}`);
    }
  }
}

/** Whether another bot writes the file. If a bot is started twice, the second one soon notices and stops. */
function isOfRunningBot({ state, pid, at }: HealthReport, now: number): boolean {
  return state !== "stopped" && pid !== process.pid && Math.abs(now - at) < 1.5 * REPORT_INTERVAL_S;
}
