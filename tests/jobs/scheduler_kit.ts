import type { Job, JobContext } from "../../src/jobs/job.ts";
import { JobScheduler, type JobSchedulerOptions } from "../../src/jobs/scheduler.ts";
import type { LogLevel } from "../../src/util/log.ts";
import { FakeTime, flush } from "./fake_time.ts";

/** A call of a job function, as a test sees it. */
export interface Call {
  readonly jobId: string;
  readonly affecting: readonly number[];
  readonly params: unknown;
  /** When it was called, in seconds since the test's start. */
  readonly at: number;
  readonly context: JobContext;
  /** Lets the run succeed. */
  resolve(): void;
  /** Lets the run fail. */
  reject(error: unknown): void;
}

/** A round time at the beginning of a minute. */
export const START = 1_800_000_000;

/** A scheduler on a fake clock, with jobs that end when the test ends them. */
export function setUp(options: Partial<JobSchedulerOptions> = {}) {
  const time = new FakeTime(START);
  const calls: Call[] = [];
  const lines: {
    level: LogLevel;
    jobId: string | undefined;
    jobName: string | undefined;
    message: string;
  }[] = [];
  const scheduler = new JobScheduler({
    sink: ({ level, jobId, jobName, message }) => lines.push({ level, jobId, jobName, message }),
    intake: { accept: () => Promise.resolve() },
    clock: time,
    ...options,
  });
  const performJob = (affecting: readonly number[], params: unknown, context: JobContext) =>
    new Promise<void>((resolve, reject) =>
      calls.push({
        jobId: context.jobId,
        affecting,
        params,
        at: Math.round(time.now() - START * 1000) / 1000,
        context,
        resolve,
        reject,
      })
    );

  return {
    time,
    scheduler,
    calls,
    lines,
    /** A job whose slots are at multiples of its intervals after the start. */
    job: (jobId: string, intervals: readonly number[], fields: Partial<Job> = {}): Job => ({
      jobId,
      intervals,
      performJob,
      jobParams: undefined,
      startTs: START,
      ...fields,
    }),
    /** Lets seconds pass, with a tick at the end of each. */
    async seconds(count: number): Promise<void> {
      for (let n = 0; n < count; n++) {
        time.hold(1);
        scheduler.tick();
        await flush();
      }
    },
    /** Ends the calls since the last one of this and summarizes them. */
    took(): (readonly [string, number, readonly number[]])[] {
      return calls.splice(0).map(({ jobId, at, affecting, resolve }) => {
        resolve();
        return [jobId, at, affecting] as const;
      });
    },
    /** The messages logged at a level about a job. */
    logged: (level: LogLevel, jobId?: string): string[] =>
      lines.filter((line) => line.level === level && line.jobId === jobId)
        .map(({ message }) => message),
  };
}
