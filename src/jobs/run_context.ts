import type { Logger } from "../util/log.ts";
import type { Values } from "../values/values.ts";
import type { JobContext, JobProblems } from "./job.ts";

/** What a {@linkcode RunContext} stands for. */
interface RunSource {
  /** The job. */
  readonly job: Pick<JobContext, "jobId" | "name">;
  /** The slot of the run, in UNIX seconds. */
  readonly scheduledAt: number;
  /** Read only when the job asks for it, as are the next two. */
  readonly signal: AbortSignal;
  /** The log of the job. */
  readonly log: Logger;
  /** The problems of the job. */
  readonly problems: JobProblems;
  /** Sends values of the job. */
  send(context: JobContext, accountId: number, values: Values): Promise<void>;
}

/** What a job function gets. What many runs do not need is made when the job asks for it. */
export class RunContext implements JobContext {
  readonly jobId: string;
  readonly name: string | undefined;
  readonly scheduledAt: number;
  /** Not a method, so that it works when destructured. */
  readonly sendResults: JobContext["sendResults"];
  readonly #run: RunSource;

  /** Constructs a new instance. */
  constructor(run: RunSource) {
    this.jobId = run.job.jobId;
    this.name = run.job.name;
    this.scheduledAt = run.scheduledAt;
    this.sendResults = (accountId, values) => run.send(this, accountId, values);
    this.#run = run;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get log(): Logger {
    return this.#run.log;
  }

  get problems(): JobProblems {
    return this.#run.problems;
  }
}
