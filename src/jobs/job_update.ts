import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { jobScope, ownJobScope } from "../util/problem_scope.ts";
import { inTurns } from "../util/turns.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Job } from "./job.ts";
import type { JobDiff } from "./job_diff.ts";
import type { JobMap } from "./job_map.ts";
import type { UpdateReport } from "./stats.ts";
import type { ValidJob } from "./validate_job.ts";

/** What a {@linkcode JobUpdate} changes. */
interface JobUpdateOptions {
  /** The jobs. */
  readonly jobs: JobMap;
  /** Their runs, in progress or waiting. */
  readonly dispatcher: Pick<Dispatcher, "waiting" | "pool">;
  /** The problems of the bot. */
  readonly problems: ProblemLog;
  /** Creates the logger of a job. */
  readonly loggerOf: (job: ValidJob) => Logger;
  /** Returns the time in UNIX milliseconds, which never goes back. */
  readonly now: () => number;
  /** Called when the jobs have changed. */
  readonly onApplied: () => void;
}

// The key of a problem.
const REFUSED = "refused jobs";

/** An update of the jobs that changes nothing before it is applied. */
export class JobUpdate {
  readonly #options: JobUpdateOptions;
  readonly #diff: JobDiff;

  /** Constructs a new instance without wanted jobs. */
  constructor(options: JobUpdateOptions) {
    this.#options = options;
    this.#diff = options.jobs.diff();
  }

  /** Adds a wanted job. */
  add(job: Job): void {
    this.#diff.add(job);
  }

  /**
   * Makes exactly the added jobs the scheduled ones, one by one, so that runs start in between.
   *
   * @returns What has changed.
   */
  async apply(): Promise<UpdateReport> {
    const report = this.#report();
    await inTurns(this.#steps(), () => {});
    const { refused } = this.#diff;
    await this.#options.problems.report(REFUSED, refused, { kind: REFUSED });
    return report;
  }

  /** Like {@linkcode apply}, but at once. */
  applyAtOnce(): UpdateReport {
    const report = this.#report();
    for (const _ of this.#steps());
    this.#options.problems.report(REFUSED, this.#diff.refused, { kind: REFUSED });
    return report;
  }

  /** Yields after each job. */
  *#steps(): Generator<void> {
    const { jobs, dispatcher: { waiting, pool }, problems, loggerOf, now } = this.#options;
    const { added, changed, removed, leftOut } = this.#diff;
    for (const job of added) yield jobs.add(job, now());
    for (const job of changed) {
      jobs.change(job, now());
      waiting.changed(job.jobId);
      yield problems.forget(ownJobScope(jobScope(job.jobId)));
    }
    for (const jobId of removed) {
      jobs.remove(jobId);
      waiting.delete(jobId);
      yield pool.runLog.forget(jobId);
    }
    for (const job of leftOut) yield loggerOf(job).debug("Left out, as it has no interval");
    this.#options.onApplied();
  }

  #report(): UpdateReport {
    const { added, changed, removed, unchanged, leftOut, refused } = this.#diff;
    return {
      added: added.length,
      changed: changed.length,
      removed: removed.length,
      unchanged,
      leftOut: leftOut.length,
      refused: refused.length,
    };
  }
}
