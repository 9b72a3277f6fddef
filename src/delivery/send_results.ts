import { GrafoleanClient } from "../grafolean/client.ts";
import { tracingProblem } from "../grafolean/untraced.ts";
import { ConfigError } from "../util/errors.ts";
import { createLogger } from "../util/log.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { normalizeValues, type RefusedValue, timeProblem, type Values } from "../values/values.ts";
import { Outbox } from "./outbox.ts";

/** Options for {@linkcode sendResultsToGrafolean}. */
export interface SendOptions {
  /** Stops sending when it aborts; values already sent stay sent. */
  readonly signal?: AbortSignal;
  /** How long to try to deliver the values, in seconds. @default 60 */
  readonly timeout?: number;
  /** Timeout of a request, in seconds. @default 10 */
  readonly requestTimeout?: number;
  /**
   * The time of the values that have no time of their own, in UNIX seconds. They are then sent by PUT, which needs the
   * permission `PUT accounts/N/values`. Without it, Grafolean stores them with its own time when they arrive.
   */
  readonly time?: number;
  /** The function that makes the requests. @default globalThis.fetch */
  readonly fetch?: typeof fetch;
}

/** A value that could not be delivered in time. */
export interface UndeliveredValue {
  /** The path. */
  readonly p: string;
  /** The value. */
  readonly v: number | string;
  /** Why. It may be stored all the same, if the answer to the last request is missing. */
  readonly reason: string;
}

/** The result of {@linkcode sendResultsToGrafolean}. */
export interface SendReport {
  /** The number of values that Grafolean stored. */
  readonly sent: number;
  /** The values that were refused, by the library or by Grafolean, and why. */
  readonly refused: readonly RefusedValue[];
  /** The values that were neither stored nor refused in time, and why. */
  readonly undelivered: readonly UndeliveredValue[];
}

// How long values are sent again on which Grafolean fails with 500, after it has stored all others.
const QUARANTINE_MS = 5000;
// A week, in seconds: runtimes fire timers of more than 24.8 days at once.
const MAX_TIMEOUT = 604_800;

/**
 * Sends values to Grafolean and waits until they are stored. For scripts that need no {@linkcode Collector}.
 *
 * Delivers like a {@linkcode Collector}, but only until the `timeout`: bad values are listed in the report and do not
 * hold up the others, and what failed is sent again by PUT with the time of the call.
 *
 * @param backendUrl The base URL of the backend, such as `https://grafolean.example.com/api`.
 * @param botToken The token of the bot.
 * @param accountId The account of the values.
 * @param values The values by path.
 * @returns How many values were stored, and which were not.
 * @throws {TypeError} If the URL, the token, the account id or the form of the values is invalid.
 * @throws {RangeError} If a number among the options is invalid.
 * @throws {GrafoleanError} If nothing could be delivered: Grafolean cannot be reached, or the bot may not send values.
 * @throws The reason of `signal` if it aborts.
 * @throws {ConfigError} If Deno would write the token into its traces, or `--allow-net` lacks the host of the backend.
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
  validateOptions(options);
  const { signal, time, fetch, requestTimeout = 10, timeout = 60 } = options;
  signal?.throwIfAborted();
  const { points, refused } = normalizeValues(values);
  const client = new GrafoleanClient(backendUrl, botToken, {
    fetch,
    // The first request ends in time to tell what is wrong.
    timeoutMs: Math.min(requestTimeout, timeout) * 1000,
  });
  const log = createLogger(() => {});
  const outbox = new Outbox({
    client,
    log,
    problems: new ProblemLog(log),
    bounds: { values: Infinity, bytes: Infinity },
    onRefused: ({ p, v }, reason) => refused.push({ p, v, reason }),
  });
  // Not `await using`: Node 20 does not support it.
  try {
    const timed = time === undefined ? points : points.map((point) => ({ t: time, ...point }));
    await outbox.accept(accountId, timed);
    await deliver(outbox, accountId, timeout * 1000, signal);
    const undelivered = undeliveredOf(outbox, accountId);
    const { sent, refused: refusedByBackend } = outbox.stats();
    const { lastError } = outbox.account(accountId);
    if (undelivered.length > 0 && sent + refusedByBackend === 0 && lastError) throw lastError;
    return { sent, refused, undelivered };
  } finally {
    await outbox[Symbol.asyncDispose]();
    client[Symbol.dispose]();
  }
}

/** Waits until everything is delivered, or it is no use to wait any longer. */
async function deliver(
  outbox: Outbox,
  accountId: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let abort = (): void => {};
  const aborted = new Promise<void>((resolve) => abort = resolve);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const account = outbox.account(accountId);
    const deadline = performance.now() + timeoutMs;
    let end = deadline;
    while (outbox.stats().waiting > 0) {
      signal?.throwIfAborted();
      // Somebody has to do something first.
      const kind = account.failure?.kind;
      if (kind === "denied" || kind === "unexpected") return;
      const now = performance.now();
      end = account.queue.isOnlyQuarantine ? Math.min(end, now + QUARANTINE_MS) : deadline;
      if (now >= end) return;
      await Promise.race([outbox.nextAnswer(end - now), aborted]);
    }
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function undeliveredOf(outbox: Outbox, accountId: number): UndeliveredValue[] {
  const { failure, lastError } = outbox.account(accountId);
  const reason = failure === undefined && outbox.stats().quarantined > 0
    ? "Grafolean fails with 500 on it, and stores others"
    : lastError?.message ?? "there was not enough time";
  return [...outbox.waiting()].map(({ p, v }) => ({ p, v, reason }));
}

function validateOptions({ time, timeout, requestTimeout }: SendOptions): void {
  const problem = time === undefined ? undefined : timeProblem(time);
  if (problem !== undefined) {
    throw new RangeError(`Cannot send values with the option time: ${problem}`);
  }
  for (const [name, seconds] of Object.entries({ timeout, requestTimeout })) {
    if (seconds === undefined || seconds > 0 && seconds <= MAX_TIMEOUT) continue;
    throw new RangeError(
      `Cannot send values with ${name} ${seconds}: expected seconds above 0, up to ${MAX_TIMEOUT} (a week)`,
    );
  }
}
