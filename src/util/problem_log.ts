import type { Logger } from "./log.ts";

// What affects one device may affect thousands.
const MAX_WARNINGS = 20;

/**
 * Logs problems that a bot finds at each refresh of its jobs, such as a device without an address: a new one as a warning,
 * one that was there before at debug level. Of more than 20 new ones at once the rest is logged at debug level and
 * counted in one more warning.
 *
 * @example
 * ```ts
 * import { ProblemLog } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const warnings: string[] = [];
 * const problems = new ProblemLog({ warn: (text) => void warnings.push(text), debug() {} });
 * problems.report(["the router has no address"]);
 * problems.report(["the router has no address", "the switch has no address"]);
 * assertEquals(warnings, ["the router has no address", "the switch has no address"]);
 * ```
 */
export class ProblemLog {
  readonly #log: Pick<Logger, "warn" | "debug">;
  #known: ReadonlySet<string> = new Set();

  /** Constructs a new instance that logs to `log`. */
  constructor(log: Pick<Logger, "warn" | "debug">) {
    this.#log = log;
  }

  /**
   * Logs the current problems.
   *
   * @param problems All of them, one message each; a problem that is not among them counts as solved.
   */
  report(problems: Iterable<string>): void {
    const now = new Set(problems);
    let fresh = 0;
    for (const problem of now) {
      if (this.#known.has(problem) || ++fresh > MAX_WARNINGS) this.#log.debug(problem);
      else this.#log.warn(problem);
    }
    if (fresh > MAX_WARNINGS) {
      this.#log.warn(`${fresh - MAX_WARNINGS} more problems, logged at debug level`);
    }
    this.#known = now;
  }
}
