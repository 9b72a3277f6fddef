import { delay } from "@std/async/delay";
import { consoleSink } from "../util/console_sink.ts";
import { createLogger, type Logger } from "../util/log.ts";
import { normalizeBackendUrl } from "./backend_url.ts";
import { exchange } from "./exchange.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { failure } from "./errors.ts";
import { GrafoleanError } from "../util/errors.ts";
import { notReadyReason } from "./readiness.ts";

/** What {@linkcode waitForGrafolean} can be told. */
export interface WaitForGrafoleanOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at most, in seconds; with 0 Grafolean is asked once. @default without end */
  readonly deadline?: number | undefined;
  /** Makes the requests. @default globalThis.fetch */
  readonly fetch?: typeof fetch | undefined;
  /**
   * Hears why Grafolean is not ready, whenever the reason changes and every five minutes.
   *
   * @default lines on standard error
   */
  readonly log?: Logger | undefined;
  /** Called after each time that Grafolean was not ready, with the reason. */
  readonly onWait?: ((reason: string) => void) | undefined;
  /** Waits so many milliseconds; for tests. @default delay of `@std/async` */
  readonly delay?:
    | ((ms: number, options: { readonly signal?: AbortSignal }) => Promise<void>)
    | undefined;
  /** A clock in milliseconds that never goes back; for tests. @default performance.now */
  readonly now?: (() => number) | undefined;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const TIMEOUT_MS = 10_000;
const REPEAT_MS = 5 * 60_000;
const MAX_BODY_BYTES = 2 ** 20;

// Without a slash at its end: with one, Grafolean wants to know who asks.
const REQUEST: GrafoleanRequest = { method: "GET", path: "/status/info" };

/**
 * Waits until a Grafolean can be reached, has its database in order, and has a first user. Bots often start long before
 * that, together with Grafolean in one go.
 *
 * Asks after 1 second, then less and less often, up to every 30 seconds. No token is needed, and none is sent.
 *
 * @param backendUrl The base URL of Grafolean, such as `https://grafolean.example.com/api`.
 * @throws {TypeError} If the URL cannot be used.
 * @throws {RangeError} If the deadline is not a number of seconds.
 * @throws {GrafoleanError} If Grafolean is not ready when the deadline has passed; the message says why.
 * @throws The reason of `signal` when that aborts.
 *
 * @example
 * ```ts
 * import { waitForGrafolean } from "@grafolean/collector";
 * import { Sandbox } from "@grafolean/collector/testing";
 *
 * const sandbox = new Sandbox();
 * await waitForGrafolean("http://sandbox/api", {
 *   deadline: 60,
 *   fetch: (input, init) => sandbox.fetch(input, init),
 * });
 * ```
 */
export async function waitForGrafolean(
  backendUrl: string,
  options: WaitForGrafoleanOptions = {},
): Promise<void> {
  const {
    signal,
    deadline = Infinity,
    fetch = globalThis.fetch,
    log = createLogger(consoleSink()),
    onWait,
    delay: wait = delay,
    now = () => performance.now(),
  } = options;
  if (!(deadline >= 0)) {
    throw new RangeError(`Cannot wait for ${deadline} s: expected a number of seconds, 0 or more`);
  }
  const backend = { backendUrl: normalizeBackendUrl(backendUrl) };
  const end = now() + deadline * 1000;
  let waitMs = FIRST_WAIT_MS;
  let said: { reason: string; at: number } | undefined;
  for (;;) {
    // The last request may take a moment longer than the deadline, since a request with no time at all tells nothing.
    const timeoutMs = Math.max(1000, Math.min(TIMEOUT_MS, end - now()));
    const { reason, answer, cause } = await ask(
      backend.backendUrl,
      () =>
        exchange(backend, { ...REQUEST, signal }, {
          fetch,
          timeoutMs,
          maxBodyBytes: MAX_BODY_BYTES,
        }),
    );
    if (reason === undefined) {
      if (said !== undefined) log.info(`Grafolean at ${backend.backendUrl} is ready`);
      return;
    }
    onWait?.(reason);
    const leftMs = end - now();
    if (leftMs <= 0) {
      const what = `is not ready after ${deadline} s: ${reason}`;
      throw failure(backend, REQUEST, what, {
        ...(answer && { answer }),
        ...(cause && { cause }),
      });
    }
    if (said?.reason !== reason || now() - said.at >= REPEAT_MS) {
      log.warn(`Waiting for Grafolean at ${backend.backendUrl}: ${reason}`);
      said = { reason, at: now() };
    }
    // Many bots start together: without chance they would ask together as well.
    await wait(Math.min(waitMs * (0.5 + Math.random() / 2), leftMs), signal ? { signal } : {});
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

interface Finding {
  readonly reason: string | undefined;
  readonly answer?: GrafoleanAnswer;
  readonly cause?: GrafoleanError;
}

async function ask(backendUrl: string, send: () => Promise<GrafoleanAnswer>): Promise<Finding> {
  try {
    const answer = await send();
    return { reason: notReadyReason(backendUrl, answer), answer };
  } catch (error) {
    if (!(error instanceof GrafoleanError)) throw error;
    // What was asked and of whom is said around the reason.
    const reason = error.message
      .replace(`Grafolean at ${backendUrl} `, "it ")
      .replace(` (${REQUEST.method} ${REQUEST.path})`, "");
    return { reason, cause: error };
  }
}
