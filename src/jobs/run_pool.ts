import { jobLabel } from "../util/job_label.ts";
import type { Logger } from "../util/log.ts";
import type { Observers } from "../util/observers.ts";
import { waitFor } from "../util/wait_for.ts";
import { type JobEntry, JobRun, type RunOutcome, type RunServices } from "./job_run.ts";
import { RunLog } from "./run_log.ts";
import { endedRun, type RunObserver } from "./run_observer.ts";

/** Options for {@linkcode RunPool}. */
export interface RunPoolOptions extends RunServices {
  /** Logs what is not about a single job. */
  readonly log: Logger;
  /** Whether to log each run, at debug level. */
  readonly logsRuns: boolean;
  /** Those who observe the runs. */
  readonly observers: Observers<RunObserver>;
}

// A job whose timeout is its interval has used up this much of it at its next slot, though it started a little late.
const NEARLY = 0.95;

// How long jobs have to return after their signals abort.
const ABORT_GRACE_MS = 100;

/** The runs in progress, at most one of each job. */
export class RunPool {
  /** How the runs ended. */
  readonly runLog: RunLog;
  readonly #options: RunPoolOptions;
  readonly #services: RunServices;
  /** An array, since a set or a map leaves garbage at each run. */
  readonly #running: JobRun[] = [];
  #stopping = 0;

  /** Constructs a new instance without runs. */
  constructor(options: RunPoolOptions) {
    this.#options = options;
    this.runLog = new RunLog(options.problems, options.logsRuns);
    this.#services = {
      ...options,
      onEnd: (run, outcome) => {
        run.entry.run = undefined;
        this.#remove(run);
        this.runLog.ended(run, outcome);
        if (!options.observers.isEmpty) this.#notifyEnded(run, outcome);
        options.onEnd(run, outcome);
      },
      onLateReturn: (run) => {
        this.runLog.returned(run);
        options.onLateReturn(run);
      },
    };
  }

  /** The number of runs in progress. */
  get size(): number {
    return this.#running.length;
  }

  /** Whether a stop is in progress, during which nothing may start. */
  get isStopping(): boolean {
    return this.#stopping > 0;
  }

  /**
   * Starts a run of a job that is not running.
   *
   * @param wasHanging Whether it takes up one of the places of hanging jobs.
   * @param lateness See {@linkcode JobRun.lateness}.
   */
  start(
    entry: JobEntry,
    affecting: number[],
    slot: number,
    wasHanging = false,
    lateness?: number,
  ): JobRun {
    const { observers } = this.#options;
    const run = new JobRun(this.#services, entry, affecting, slot, wasHanging, lateness);
    // Before its function is called, which may call the scheduler.
    entry.run = run;
    run.index = this.#running.push(run) - 1;
    this.runLog.started(run);
    if (!observers.isEmpty) observers.notify((observer) => observer.onStart?.(run.job.jobId));
    run.start();
    return run;
  }

  #notifyEnded(run: JobRun, outcome: RunOutcome): void {
    const { observers, clock } = this.#options;
    const ended = endedRun(run, outcome, clock.now());
    observers.notify((observer) => observer.onRun?.(ended));
  }

  #remove({ index }: JobRun): void {
    const last = this.#running.pop()!;
    if (last.index === index) return;
    this.#running[index] = last;
    last.index = index;
  }

  /** Abandons the runs that have timed out; to be called once a second. */
  timeOut(): void {
    for (const run of [...this.#running]) {
      if (run.elapsed >= run.job.timeout * 1000) abandonLate(run);
    }
  }

  /**
   * Abandons the run of a job that is due again a whole timeout after the slot of that run, so that it does not miss the new
   * slot only because the run started a little late.
   *
   * @returns Whether it did.
   */
  timeOutBefore(slot: number, run: JobRun): boolean {
    const timeout = run.job.timeout * 1000;
    if (slot - run.slot < timeout || run.elapsed < timeout * NEARLY) return false;
    abandonLate(run);
    return true;
  }

  /**
   * Waits for the runs in progress. After `graceMs` milliseconds, if given, their signals abort; runs that ignore that are
   * logged and abandoned.
   */
  async stop(graceMs?: number): Promise<void> {
    const { clock, log } = this.#options;
    const runs = [...this.#running];
    if (runs.length === 0) return;
    this.#stopping++;
    try {
      const ended = Promise.all(runs.map((run) => run.ended));
      if (await waitFor(ended, { ms: graceMs, clock })) return;
      const reason = new DOMException(
        "The bot is stopping and cannot wait any longer",
        "AbortError",
      );
      for (const run of runs) run.abort(reason);
      if (await waitFor(ended, { ms: ABORT_GRACE_MS, clock })) return;
      const ignoring = runs.filter((run) => run.state === "running");
      if (ignoring.length > 0) {
        log.warn(
          `Not waiting any longer for ${namesOf(ignoring)}, still running: make jobs stop when ` +
            `context.signal aborts`,
        );
      }
      for (const run of ignoring) run.abandon("aborted", reason);
      await ended;
    } finally {
      this.#stopping--;
    }
  }
}

function abandonLate(run: JobRun): void {
  const message = `Job "${jobLabel(run.job)}" timed out after ${run.job.timeout} s`;
  run.abandon("timedOut", new DOMException(message, "TimeoutError"));
}

function namesOf(runs: readonly JobRun[]): string {
  const shown = runs.slice(0, 10).map(({ job }) => `"${jobLabel(job)}"`).join(", ");
  const rest = runs.length - 10;
  return `job${runs.length === 1 ? "" : "s"} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`;
}
