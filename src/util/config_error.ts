/**
 * What a caller catches when a setting is wrong.
 *
 * @module
 */

/**
 * Thrown when settings are missing or wrong. `problems` has one sentence for each of them, so that all can be mended at
 * once.
 *
 * @example
 * ```ts
 * import { ConfigError } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ConfigError(["BACKEND_URL is not set"]);
 * assertEquals(error.problems, ["BACKEND_URL is not set"]);
 * ```
 */
export class ConfigError extends Error {
  /** One sentence per wrong setting: what it is, what was expected, what to do. */
  readonly problems: readonly string[];

  /** Makes an error that names every problem. */
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("; "), options);
    this.name = "ConfigError";
    this.problems = [...problems];
  }
}
