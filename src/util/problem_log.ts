import type { Logger } from "./log.ts";

// Whatever spoils one device easily spoils thousands.
const MAX_WARNINGS = 20;

/**
 * Warns of problems when they are new, and mentions them at debug level for as long as they last: for what a bot finds
 * wrong at each refresh of its jobs, such as a device without an address. Of more than 20 that are new at once it says
 * how many more there are.
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

  /** Makes one that knows of no problem, and says them to `log`. */
  constructor(log: Pick<Logger, "warn" | "debug">) {
    this.#log = log;
  }

  /** Takes all problems that there are now; those that are not among them count as solved. */
  report(problems: Iterable<string>): void {
    const now = new Set(problems);
    let fresh = 0;
    for (const problem of now) {
      if (this.#known.has(problem) || ++fresh > MAX_WARNINGS) this.#log.debug(problem);
      else this.#log.warn(problem);
    }
    if (fresh > MAX_WARNINGS) {
      this.#log.warn(`There are ${fresh - MAX_WARNINGS} more problems, said at debug level`);
    }
    this.#known = now;
  }
}
