/**
 * Thrown when settings are missing or invalid. `problems` lists all of them, so that a user can fix them in one go.
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
  /** One message per problem: the setting, what was expected and what to do. */
  readonly problems: readonly string[];

  /**
   * Constructs a new instance.
   *
   * @param problems One message per problem; together they are the message of the error.
   */
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("; "), options);
    this.name = "ConfigError";
    this.problems = [...problems];
  }
}

/** Options for the constructor of {@linkcode GrafoleanError}: the request that failed. */
export interface GrafoleanErrorOptions extends ErrorOptions {
  /** The HTTP status of the response; `undefined` if there was none. */
  readonly status?: number | undefined;
  /** The HTTP method of the request. */
  readonly method: string;
  /** The URL of the request, with the bot token redacted. */
  readonly url: string;
  /** The start of the body of the response. */
  readonly body?: string | undefined;
}

/**
 * Thrown when a request to Grafolean fails: it was refused, the response was not understood, or there was none.
 *
 * Every request carries the bot token in its URL; in the message and the properties of this error it is redacted.
 *
 * @example
 * ```ts
 * import { GrafoleanError, sendResultsToGrafolean } from "@grafolean/collector";
 *
 * try {
 *   await sendResultsToGrafolean("http://127.0.0.1:9/api", "5b8c1f0e-token", 1, { "room.temperature": 21.5 }, {
 *     timeout: 1,
 *   });
 * } catch (error) {
 *   if (!(error instanceof GrafoleanError)) throw error;
 *   console.log(error.status); // undefined: no response
 * }
 * ```
 */
export class GrafoleanError extends Error {
  /** The HTTP status of the response; `undefined` if there was none. */
  readonly status: number | undefined;
  /** The HTTP method of the request. */
  readonly method: string;
  /** The URL of the request, with `***` in place of the bot token. */
  readonly url: string;
  /** The first 500 characters of the body of the response; `undefined` if there was none. */
  readonly body: string | undefined;

  /** Constructs a new instance. */
  constructor(message: string, options: GrafoleanErrorOptions) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "GrafoleanError";
    this.status = options.status;
    this.method = options.method;
    this.url = options.url;
    this.body = options.body;
  }
}

/** Whether a file could not be opened because it does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "ENOENT";
}
