import type { Problem } from "../util/problem.ts";
import type { ProblemLog } from "../util/problem_log.ts";

/** The problems of a bot as others may see them, with the bot token redacted. */
export class OpenProblems {
  readonly #problems: ProblemLog;
  readonly #redact: (text: string) => string;
  /** Thousands of devices can have a problem at once, and what did not change since is listed every second. */
  readonly #redacted = new WeakMap<Problem, Problem>();

  /**
   * Constructs a new instance.
   *
   * @param redact Redacts the bot token in a text.
   */
  constructor(problems: ProblemLog, redact: (text: string) => string) {
    this.#problems = problems;
    this.#redact = redact;
  }

  /**
   * Returns the problems that have not ended, in the order of {@linkcode ProblemLog.open}.
   *
   * @param limit How many to return at most.
   */
  list(limit?: number): Problem[] {
    return this.#problems.open(limit).map((problem) => {
      let redacted = this.#redacted.get(problem);
      if (redacted === undefined) this.#redacted.set(problem, redacted = this.#copy(problem));
      return redacted;
    });
  }

  #copy(problem: Problem): Problem {
    const { key, scope, kind, message } = problem;
    return {
      ...problem,
      key: this.#redact(key),
      ...(scope === undefined ? {} : { scope: this.#redact(scope) }),
      kind: this.#redact(kind),
      message: this.#redact(message),
    };
  }
}
