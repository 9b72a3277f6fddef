/**
 * Says what is wrong, but not again and again.
 *
 * @module
 */

import type { Logger } from "../log.ts";

// Whatever spoils one device easily spoils thousands.
const MAX_WARNINGS = 20;

/** Warns of problems when they are new, and mentions them at debug level for as long as they last. */
export class ProblemLog {
  readonly #log: Logger;
  #known: ReadonlySet<string> = new Set();

  /** Starts with no problem known. */
  constructor(log: Logger) {
    this.#log = log;
  }

  /** Takes all problems that there are now; those that are not among them count as solved. */
  report(problems: readonly string[]): void {
    let fresh = 0;
    for (const problem of problems) {
      if (this.#known.has(problem) || ++fresh > MAX_WARNINGS) this.#log.debug(problem);
      else this.#log.warn(problem);
    }
    if (fresh > MAX_WARNINGS) {
      this.#log.warn(`There are ${fresh - MAX_WARNINGS} more problems, said at debug level`);
    }
    this.#known = new Set(problems);
  }
}
