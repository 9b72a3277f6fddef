import { delay } from "@std/async/delay";
import { GrafoleanClient } from "../grafolean/client.ts";
import type { GrafoleanAnswer } from "../grafolean/request.ts";
import { tracingProblem } from "../grafolean/untraced.ts";
import { backoffMs } from "../util/backoff.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import { normalizeValues, type Point, type RefusedValue, type Values } from "../values/values.ts";
import { judge, judgeError, type Verdict } from "./answers.ts";
import { fitting, halves } from "./chunk.ts";
import { uniqueTimestamp } from "./unique_timestamps.ts";
import { type Method, valuesRequest } from "./values_request.ts";

/** Options for {@linkcode sendResultsToGrafolean}. */
export interface SendOptions {
  /** Stops sending when it aborts; values already sent stay sent. */
  readonly signal?: AbortSignal;
  /** The number of attempts for the same values: a whole number above 0. @default 5 */
  readonly maxAttempts?: number;
  /** The longest pause after the first attempt, in seconds; it doubles with each attempt, up to 60 s. @default 1 */
  readonly retryDelay?: number;
  /** Timeout of a request, in seconds. @default 10 */
  readonly requestTimeout?: number;
  /**
   * The time of the values, in UNIX seconds. They are then sent by PUT, which needs the permission
   * `PUT accounts/N/values`. Without it, Grafolean stores them with its own time when they arrive.
   */
  readonly time?: number;
  /** The function that makes the requests. @default globalThis.fetch */
  readonly fetch?: typeof fetch;
}

/** The result of {@linkcode sendResultsToGrafolean}. */
export interface SendReport {
  /** The number of values that Grafolean stored. */
  readonly sent: number;
  /** The values that were refused, by the library or by Grafolean, and why. */
  readonly refused: readonly RefusedValue[];
}

// See AccountLane: such a request is stored as a whole or not at all.
const MOST_VALUES = 100;
const MOST_BYTES = 900 * 1024;
const DOUBTS_TO_SPLIT = 3;
// Those that the backend chokes on alone are all tried so often again before they are given up.
const MORE_ROUNDS = 4;
// Whoever waits for this function waits no longer because a proxy says so.
const LONGEST_WAIT_MS = 60_000;
// A week, in seconds: runtimes fire timers of more than 24.8 days at once.
const LONGEST_TIMEOUT = 604_800;
// Later times do not fit into the text that the backend reads.
const LATEST_TIME = 1e10;

/**
 * Sends values to Grafolean and waits until they are stored. For scripts that need no {@linkcode Collector}.
 *
 * Bad values are listed in the report and do not hold up the others. If a path is given twice, the last value counts.
 * Failures that may pass are retried by PUT with the time of the call, so that repeating a request whose outcome is
 * unknown doubles nothing.
 *
 * @param backendUrl The base URL of the backend, such as `https://grafolean.example.com/api`.
 * @param botToken The token of the bot.
 * @param accountId The account of the values.
 * @param values The values by path.
 * @returns The number of stored values, and the refused ones.
 * @throws {TypeError} If the URL, the token, the account id or the form of the values is invalid.
 * @throws {RangeError} If a number among the options is invalid.
 * @throws {GrafoleanError} If Grafolean cannot be reached, or the bot may not send values.
 * @throws {ConfigError} If Deno would write the token into its traces.
 *
 * @example
 * ```ts
 * import { sendResultsToGrafolean } from "@grafolean/collector";
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount();
 * const bot = sandbox.addBot({ protocol: "room", account });
 *
 * const report = await sendResultsToGrafolean(
 *   "http://sandbox/api",
 *   bot.token,
 *   account.id,
 *   { "room.temperature": 21.5, "not a path": 1 },
 *   { fetch: sandbox.fetch },
 * );
 * assertEquals(report.sent, 1);
 * assertEquals(report.refused[0]?.p, "not a path");
 * ```
 */
export async function sendResultsToGrafolean(
  backendUrl: string,
  botToken: string,
  accountId: number,
  values: Values,
  options: SendOptions = {},
): Promise<SendReport> {
  if (!Number.isSafeInteger(accountId) || accountId < 1) {
    throw new TypeError(
      `Cannot send values to account ${accountId}: an account id is a whole number above 0`,
    );
  }
  const problem = tracingProblem();
  if (problem !== undefined) throw new ConfigError([problem]);
  checkOptions(options);
  const { points, refused } = normalizeValues(values);
  const client = new GrafoleanClient(backendUrl, botToken, {
    fetch: options.fetch,
    timeoutMs: options.requestTimeout === undefined ? undefined : options.requestTimeout * 1000,
  });
  const sending = new Sending(client, accountId, options);
  try {
    for (let start = 0; start < points.length;) {
      const waiting = points.slice(start, start + MOST_VALUES);
      const chunk = waiting.slice(0, fitting(waiting, MOST_VALUES, MOST_BYTES));
      await sending.send(chunk);
      start += chunk.length;
    }
    await sending.finish();
  } finally {
    client[Symbol.dispose]();
  }
  return { sent: sending.sent, refused: [...refused, ...sending.refused] };
}

function checkOptions({ time, maxAttempts, retryDelay, requestTimeout }: SendOptions): void {
  const check = (isRight: boolean, what: string, given: number | undefined, expected: string) => {
    if (given === undefined || isRight) return;
    throw new RangeError(`Cannot send values with ${what} ${given}: expected ${expected}`);
  };
  const isTime = time !== undefined && time >= 0 && time < LATEST_TIME;
  check(isTime, "time", time, "UNIX seconds (Date.now() tells milliseconds)");
  const isCount = Number.isSafeInteger(maxAttempts) && maxAttempts! > 0;
  check(isCount, "maxAttempts", maxAttempts, "a whole number above 0");
  const isDelay = Number.isFinite(retryDelay) && retryDelay! >= 0;
  check(isDelay, "retryDelay", retryDelay, "seconds, 0 or more");
  const isTimeout = requestTimeout! > 0 && requestTimeout! <= LONGEST_TIMEOUT;
  const timeouts = `seconds above 0, up to ${LONGEST_TIMEOUT} (a week)`;
  check(isTimeout, "requestTimeout", requestTimeout, timeouts);
}

class Sending {
  sent = 0;
  readonly refused: RefusedValue[] = [];
  readonly #client: GrafoleanClient;
  readonly #accountId: number;
  readonly #options: SendOptions;
  readonly #t: number;
  readonly #choked: { readonly point: Point; readonly error: GrafoleanError }[] = [];

  constructor(client: GrafoleanClient, accountId: number, options: SendOptions) {
    this.#client = client;
    this.#accountId = accountId;
    this.#options = options;
    this.#t = options.time === undefined ? uniqueTimestamp() : Math.round(options.time * 1e6);
  }

  /** Sends a chunk until every value in it is stored, refused, or put on the list of those that the backend chokes on. */
  async send(
    chunk: readonly Point[],
    before: Tries = { badRequests: 0, doubts: 0 },
  ): Promise<void> {
    const { signal, maxAttempts = 5 } = this.#options;
    const tries = { ...before };
    let method: Method = this.#options.time === undefined ? "POST" : "PUT";
    if (before.badRequests + before.doubts > 0) method = "PUT";
    for (let failures = 1;; failures++) {
      const { verdict, error } = await this.#try(method, chunk);
      if (verdict.kind === "stored") {
        this.sent += chunk.length;
        return;
      }
      if (verdict.kind === "bad-request") {
        // The first may come from another request that creates the same path at the same time.
        if (++tries.badRequests > 1) {
          if (chunk.length > 1) return this.#split(chunk, { ...tries, badRequests: 1 });
          return this.#refuse(chunk[0]!, verdict.reason);
        }
        failures--;
      } else if (verdict.kind === "too-large") {
        if (chunk.length > 1) return this.#split(chunk, tries);
        return this.#refuse(chunk[0]!, "a proxy refuses even this value alone as too large (413)");
      } else if (verdict.kind === "doubtful" && ++tries.doubts >= DOUBTS_TO_SPLIT) {
        if (chunk.length > 1) return this.#split(chunk, { ...tries, doubts: DOUBTS_TO_SPLIT - 1 });
        this.#choked.push({ point: chunk[0]!, error });
        // With nothing stored at all, it is the backend and not the values.
        if (this.sent === 0 && this.#choked.length >= maxAttempts) throw error;
        return;
      } else if (
        verdict.kind === "denied" || verdict.kind === "unexpected" || failures >= maxAttempts
      ) {
        throw error;
      } else {
        const atOnce = verdict.kind === "unavailable" && verdict.atOnce === true && failures === 1;
        const wait = verdict.retryAfterMs ??
          (atOnce ? 0 : this.#pauseMs(failures));
        if (wait > LONGEST_WAIT_MS) throw error;
        await delay(wait, signal ? { signal } : {});
      }
      method = "PUT";
    }
  }

  /**
   * Decides on the values that the backend choked on: where it has stored others, and chokes on these each time, they are
   * at fault.
   */
  async finish(): Promise<void> {
    const { signal } = this.#options;
    for (let round = 1; round <= MORE_ROUNDS && this.#choked.length > 0; round++) {
      if (this.sent === 0) throw this.#choked[0]!.error;
      await delay(this.#pauseMs(round), signal ? { signal } : {});
      for (const { point } of this.#choked.splice(0)) {
        await this.send([point], { badRequests: 0, doubts: DOUBTS_TO_SPLIT - 1 });
      }
    }
    for (const { point } of this.#choked) {
      this.#refuse(point, "the backend fails on it (500), and on nothing else");
    }
  }

  #pauseMs(failures: number): number {
    return backoffMs(failures, { minMs: (this.#options.retryDelay ?? 1) * 1000 });
  }

  async #split(chunk: readonly Point[], tries: Tries): Promise<void> {
    for (const half of halves(chunk)) await this.send(half, tries);
  }

  #refuse({ p, v }: Point, reason: string): void {
    this.refused.push({ p, v, reason });
  }

  async #try(
    method: Method,
    chunk: readonly Point[],
  ): Promise<{ verdict: Verdict; error: GrafoleanError }> {
    const request = {
      ...valuesRequest(method, this.#accountId, chunk.map((point) => ({ ...point, t: this.#t }))),
      signal: this.#options.signal,
    };
    let answer: GrafoleanAnswer;
    try {
      answer = await this.#client.request(request);
    } catch (error) {
      if (!(error instanceof GrafoleanError)) throw error;
      return { verdict: judgeError(error), error };
    }
    return { verdict: judge(answer), error: this.#client.statusError(request, answer) };
  }
}

interface Tries {
  badRequests: number;
  doubts: number;
}
