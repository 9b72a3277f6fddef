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

/** What is known about the request of a {@linkcode GrafoleanError}. */
export interface GrafoleanErrorOptions extends ErrorOptions {
  /** The HTTP status of the answer; absent when there was no answer. */
  readonly status?: number | undefined;
  /** The HTTP method of the request. */
  readonly method: string;
  /** The URL of the request with the bot token already taken out. */
  readonly url: string;
  /** The start of the answer's body. */
  readonly body?: string | undefined;
}

/**
 * Thrown when a request to Grafolean fails for good: it was refused, the answer cannot be understood, or there was
 * none.
 *
 * The bot token is a part of every URL that is sent, and of none that is found here.
 *
 * @example
 * ```ts
 * import { GrafoleanError, sendResultsToGrafolean } from "@grafolean/collector";
 *
 * try {
 *   await sendResultsToGrafolean("http://127.0.0.1:9/api", "5b8c1f0e-token", 1, { "room.temperature": 21.5 }, {
 *     maxAttempts: 1,
 *   });
 * } catch (error) {
 *   if (!(error instanceof GrafoleanError)) throw error;
 *   console.log(error.status); // undefined: nobody answered
 * }
 * ```
 */
export class GrafoleanError extends Error {
  /** The HTTP status of the answer; `undefined` when there was no answer. */
  readonly status: number | undefined;
  /** The HTTP method of the request. */
  readonly method: string;
  /** The URL of the request, with `***` in the place of the bot token. */
  readonly url: string;
  /** The first 500 characters of the answer's body; `undefined` when there was none. */
  readonly body: string | undefined;

  /** Makes an error about one request. */
  constructor(message: string, options: GrafoleanErrorOptions) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "GrafoleanError";
    this.status = options.status;
    this.method = options.method;
    this.url = options.url;
    this.body = options.body;
  }
}
