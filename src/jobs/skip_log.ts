import type { ProblemLog } from "../util/problem_log.ts";
import type { JobRun } from "./job_run.ts";
import type { RunQueue } from "./run_queue.ts";

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
  overlapped(run: JobRun, isHanging: boolean): void {
    this.#count++;
    run.skipped++;
    // That it fails is a problem already.
    if (isHanging) return;
    const { job, log } = run;
    const seconds = Math.round(run.seconds);
    this.#problems.raise(
      OVERLAPPING,
      `Due again but still running after ${seconds} s: missed slots are merged into its next run; make the job ` +
        `faster, or its intervals (${job.intervals.join(", ")} s) longer`,
      { kind: "overlapping jobs", scope: job.scope, log },
    );
  }

  /** Records that a run has ended by itself. */
  ended({ job: { scope }, skipped }: JobRun): void {
    if (skipped === 0) this.#problems.clear(OVERLAPPING, { scope });
  }

  /** Records how many jobs were due again while they waited: hanging ones, and others. */
  held(
    { ready, hanging }: Readonly<Record<"ready" | "hanging", number>>,
    running: number,
    waiting: Waiting,
  ): void {
    this.#count += ready + hanging;
    const limit = `maxConcurrentJobs (${this.#maxConcurrentJobs})`;
    if (ready > 0) {
      this.#problems.raise(
        LIMIT,
        `Jobs are due again before they could start, with ${running} running and ${waiting.ready} waiting: ` +
          `raise ${limit}, make the jobs faster, or their intervals longer`,
        { times: ready },
      );
    }
    if (hanging > 0) {
      this.#problems.raise(
        SHARE,
        `Jobs that failed slowly wait for another try, ${waiting.hanging} now: at most ${waiting.share} at a time, so that ` +
          `the others run on time; to try them sooner, raise ${limit} or let them fail faster`,
        { level: "info", times: hanging },
      );
    }
  }

  /** Records which jobs still wait when those that could start have. */
  started({ ready, hanging }: Waiting): void {
    if (ready === 0) this.#problems.clear(LIMIT);
    if (hanging === 0) this.#problems.clear(SHARE);
  }
}
