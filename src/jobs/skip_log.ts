import { formatCount } from "../util/format_count.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { jobScope } from "../util/problem_scope.ts";
import type { JobRun } from "./job_run.ts";
import type { RunQueue } from "./run_queue.ts";

// A job that starts within this time is on time.
const LATE_MS = 1000;

// Keys of problems.
const OVERLAPPING = "overlapping runs";
const LIMIT = "concurrency limit";
const SHARE = "share of hanging jobs";

/** How many jobs wait. */
type Waiting = Pick<RunQueue, "ready" | "hanging" | "share">;

/** Counts the slots that got no run of their own, and reports why. */
export class SkipLog {
  readonly #problems: ProblemLog;
  readonly #maxConcurrentJobs: number;
  #count = 0;
  /** Whether jobs may be held, some of an earlier scheduler perhaps. */
  #mayHaveProblems = true;
  /** How many slots were skipped since the last report because the job waited, or had waited before it ran. */
  #held = { hanging: 0, others: 0 };

  /** Constructs a new instance. */
  constructor(problems: ProblemLog, maxConcurrentJobs: number) {
    this.#problems = problems;
    this.#maxConcurrentJobs = maxConcurrentJobs;
  }

  /** The number of skipped slots. */
  get count(): number {
    return this.#count;
  }

  /** Records that a job was due while it was running. */
  whileRunning(run: JobRun, isHanging: boolean, now: number): void {
    this.#count++;
    run.skipped++;
    // That it fails is a problem already.
    if (isHanging) return;
    const { job, log, elapsed, slot } = run;
    if (now - elapsed - slot > LATE_MS) {
      this.#held.others++;
      return;
    }
    this.#problems.raise(
      OVERLAPPING,
      `Due again but still running after ${
        Math.round(elapsed / 1000)
      } s: missed slots are merged into its next run; make ` +
        `the job faster, or its intervals (${job.intervals.join(", ")} s) longer`,
      { kind: "overlapping jobs", scope: jobScope(job.jobId), log },
    );
  }

  /** Records that a job was due while it waited. */
  whileWaiting(isHanging: boolean): void {
    this.#count++;
    this.#held[isHanging ? "hanging" : "others"]++;
  }

  /** Records that a run has ended by itself. */
  ended({ job: { jobId }, entry, skipped }: JobRun): void {
    if (skipped > 0 || !entry.hasProblems) return;
    this.#problems.clear(OVERLAPPING, { scope: jobScope(jobId) });
  }

  /** Reports why slots were skipped since the last call. */
  report(running: number, waiting: Waiting): void {
    const { hanging, others } = this.#held;
    if (hanging + others === 0) return;
    this.#held = { hanging: 0, others: 0 };
    this.#mayHaveProblems = true;
    const limit = `maxConcurrentJobs (${this.#maxConcurrentJobs})`;
    if (others > 0) {
      this.#problems.raise(
        LIMIT,
        `Jobs are due again before they could start or end, with ${
          formatCount(running)
        } running and ${formatCount(waiting.ready)} waiting: ` +
          `raise ${limit}, make the jobs faster, or their intervals longer`,
        { times: others },
      );
    }
    if (hanging > 0) {
      this.#problems.raise(
        SHARE,
        `Jobs that failed slowly wait for another try, ${
          formatCount(waiting.hanging)
        } now: at most ${waiting.share} at a time, ` +
          `so that the others run on time; to try them sooner, raise ${limit} or let them fail faster`,
        { level: "info", times: hanging },
      );
    }
  }

  /** Records which jobs still wait when those that could start have. */
  started({ ready, hanging }: Waiting): void {
    if (!this.#mayHaveProblems) return;
    this.#mayHaveProblems = ready + hanging > 0;
    if (ready === 0) this.#problems.clear(LIMIT);
    if (hanging === 0) this.#problems.clear(SHARE);
  }
}
