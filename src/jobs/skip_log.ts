import type { ProblemLog } from "../util/problem_log.ts";
import type { JobRun } from "./job_run.ts";

// Keys of problems.
const OVERLAPPING = "overlapping runs";
const LIMIT = "concurrency limit";

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
  overlapped(run: JobRun): void {
    this.#count++;
    run.skipped++;
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

  /** Records that jobs were due while they waited. */
  held(
    count: number,
    { running, waiting }: { readonly running: number; readonly waiting: number },
  ): void {
    if (count === 0) return;
    this.#count += count;
    this.#problems.raise(
      LIMIT,
      `Jobs are due again before they could start, with ${running} running and ${waiting} waiting: raise ` +
        `maxConcurrentJobs (${this.#maxConcurrentJobs}), make the jobs faster, or their intervals longer`,
      { times: count },
    );
  }

  /** Records that no job waits. */
  allStarted(): void {
    this.#problems.clear(LIMIT);
  }
}
