import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { jobScope, ownJobScope } from "../util/problem_scope.ts";
import type { Values } from "../values/values.ts";
import type { JobContext, JobProblems } from "./job.ts";

/** What a {@linkcode RunContext} stands for. Each property is read only when the job asks for it. */
interface RunSource {
  /** The job. */
  readonly job: Pick<JobContext, "jobId" | "name">;
  /** The slot of the run, in UNIX seconds. */
  readonly scheduledAt: number;
  /** The signal of the run. */
  readonly signal: AbortSignal;
  /** The log of the job. */
  readonly log: Logger;
  /** The problems of the bot. */
  readonly problems: ProblemLog;
  /** Sends values of the job. */
  send(context: JobContext, accountId: number, values: Values): Promise<void>;
}

/** What a job function gets. Nothing of it is made before the job asks for it. */
export class RunContext implements JobContext {
  readonly #run: RunSource;

  /** Constructs a new instance. */
  constructor(run: RunSource) {
    this.#run = run;
  }

  get jobId(): string {
    return this.#run.job.jobId;
  }

  get name(): string | undefined {
    return this.#run.job.name;
  }

  get scheduledAt(): number {
    return this.#run.scheduledAt;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get log(): Logger {
    return this.#run.log;
  }

  get problems(): JobProblems {
    const { problems, log } = this.#run;
    const own = { scope: ownJobScope(jobScope(this.jobId)), log };
    return {
      raise: (key, message, options) => problems.raise(key, message, { ...options, ...own }),
      clear: (key) => problems.clear(key, own),
      report: (group, messages, options) =>
        problems.report(group, messages, { ...options, ...own }),
      event: (kind, message, options) => problems.event(kind, message, { ...options, log }),
    };
  }

  /** Not a method, so that it works when destructured. */
  get sendResults(): JobContext["sendResults"] {
    return (accountId, values) => this.#run.send(this, accountId, values);
  }
}
