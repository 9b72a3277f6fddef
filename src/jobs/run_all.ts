import { isTurnOver, nextTurn } from "../util/turns.ts";
import type { JobMap } from "./job_map.ts";
import type { RunPool } from "./run_pool.ts";
import type { RunAllReport } from "./stats.ts";

/** What {@linkcode runAll} needs. */
interface RunAllOptions {
  /** The jobs. */
  readonly jobs: Pick<JobMap, "entries" | "has">;
  /** Runs them. */
  readonly pool: Pick<RunPool, "start">;
  /** How many may run at once. */
  readonly maxConcurrentJobs: number;
  /** Returns the time in UNIX milliseconds. */
  readonly now: () => number;
  /** Whether no further job may start. */
  readonly isStopped: () => boolean;
}

/** Runs every job once with all its intervals, independently of its slots. Resolves when all runs have ended. */
export async function runAll(
  { jobs, pool, maxConcurrentJobs, now, isStopped }: RunAllOptions,
): Promise<RunAllReport> {
  const report = { ok: 0, failed: 0, timedOut: 0, notRun: 0 };
  const entries = jobs.entries();
  // The workers share one iterator, so that each takes the next job.
  const remaining = entries.values();
  const work = async (): Promise<void> => {
    for (const entry of remaining) {
      while (isTurnOver()) await nextTurn();
      while (entry.run !== undefined) await entry.run.ended;
      if (isStopped() || !jobs.has(entry)) {
        report.notRun++;
        continue;
      }
      const slot = Math.floor(now() / 1000) * 1000;
      const run = pool.start(entry, [...entry.job.intervals], slot);
      const { status } = await run.ended;
      if (status === "ok") report.ok++;
      else report.failed++;
      if (status === "timedOut") report.timedOut++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxConcurrentJobs, entries.length) }, work));
  return report;
}
