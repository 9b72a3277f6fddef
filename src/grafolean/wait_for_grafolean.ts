import { delay } from "@std/async/delay";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { backendUrlWithApi, normalizeBackendUrl } from "./backend_url.ts";
import { Connections } from "./connections.ts";
import { readAnswer, requestError } from "./errors.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { sendRequest, type SendRequestOptions } from "./send_request.ts";
import { readStatus, type WireStatus } from "./wire.ts";

interface WaitForGrafoleanOptions {
  /** Logs why Grafolean is not ready. */
  readonly problems: ProblemLog;
  /** Cancels the wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at most, in seconds; 0 sends a single request. @default Infinity */
  readonly deadline?: number | undefined;
  /** The `fetch` to use. @default globalThis.fetch, over HTTP/1.1 */
  readonly fetch?: typeof fetch | undefined;
}

const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;
const TIMEOUT_MS = 10_000;

/**
 * Waits until Grafolean is ready: it is reachable, needs no database migration, and has a first user. A bot may start
 * before Grafolean does, for example from the same Compose file. The bots of Grafolean's reference library wait for the
 * same conditions.
 *
 * Sends `GET /status/info`, without a token, at once and again after up to 1 second, doubling to up to 30 seconds, or
 * when a `Retry-After` header allows it.
 *
 * @param backendUrl The base URL of Grafolean, such as `https://grafolean.example.com/api`.
 * @throws {GrafoleanError} Why Grafolean is not ready, if it is not by the deadline.
 * @throws {ConfigError} If Deno does not permit the connection, or the URL lacks `/api`.
 * @throws The reason of `signal` if it aborts.
 */
export async function waitForGrafolean(
  backendUrl: string,
  { problems, signal, deadline = Infinity, fetch }: WaitForGrafoleanOptions,
): Promise<void> {
  const url = normalizeBackendUrl(backendUrl);
  const connections = new Connections(fetch);
  const end = performance.now() + deadline * 1000;
  const waiting = deadline === Infinity ? "Waiting" : `Waiting for up to ${deadline} s`;
  try {
    for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
      const options = { connections, timeoutMs: TIMEOUT_MS, signal };
      const { error, retryAfterMs = 0, isForeign } = await probeGrafolean(url, options);
      if (error === undefined) return problems.clear("Grafolean");
      if (isForeign) await suggestApi(url, options);
      const leftMs = end - performance.now();
      if (leftMs <= 0 || retryAfterMs > leftMs) throw error;
      problems.raise("Grafolean", `${waiting} as ${error.message}`);
      // Jitter, because many bots start at the same time.
      const pauseMs = Math.max(retryAfterMs, waitMs * (0.5 + Math.random() / 2));
      await delay(Math.min(pauseMs, leftMs), signal ? { signal } : {});
    }
  } finally {
    connections[Symbol.dispose]();
  }
}

/**
 * Asks the backend once, and takes any answer.
 *
 * @throws {ConfigError} If Deno does not permit the connection, or the URL lacks `/api`.
 * @throws The reason of `signal` if it aborts.
 */
export async function checkBackendUrl(
  backendUrl: string,
  { signal, fetch }: Pick<WaitForGrafoleanOptions, "signal" | "fetch">,
): Promise<void> {
  const url = normalizeBackendUrl(backendUrl);
  const connections = new Connections(fetch);
  const options = { connections, timeoutMs: TIMEOUT_MS, signal };
  try {
    if ((await probeGrafolean(url, options)).isForeign) await suggestApi(url, options);
  } finally {
    connections[Symbol.dispose]();
  }
}

/**
 * Asks whether Grafolean is at the URL with `/api`, once something else has answered without it.
 *
 * @throws {ConfigError} If so, with that URL.
 */
async function suggestApi(
  url: string,
  options: Parameters<typeof probeGrafolean>[1],
): Promise<void> {
  const withApi = backendUrlWithApi(url);
  if (withApi === undefined) return;
  const { error, isForeign } = await probeGrafolean(withApi, options);
  const isGrafolean = error === undefined || (error.status === 200 && !isForeign);
  if (!isGrafolean) return;
  throw new ConfigError([
    `BACKEND_URL: no Grafolean answers at ${url}, but one does at ${withApi}: use that URL`,
  ]);
}

/** The result of {@linkcode probeGrafolean}. */
interface Probe {
  /** Why Grafolean is not ready; `undefined` if it is. */
  readonly error?: GrafoleanError;
  /** How long to wait before the next attempt, in milliseconds, if the answer asks for that. */
  readonly retryAfterMs?: number | undefined;
  /** Whether something answered that may not be Grafolean. */
  readonly isForeign?: boolean;
}

/**
 * Asks once, without a token, whether Grafolean is ready.
 *
 * @param backendUrl The normalized base URL.
 * @throws {ConfigError} If Deno does not permit the connection.
 * @throws The reason of `signal` if it aborts.
 */
export async function probeGrafolean(
  backendUrl: string,
  { signal, ...options }: SendRequestOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Probe> {
  const backend = { backendUrl };
  // With a trailing slash, Grafolean would require a login.
  const request: GrafoleanRequest = { method: "GET", path: "/status/info", signal };
  let answer: GrafoleanAnswer | undefined;
  try {
    answer = await sendRequest(backend, request, options);
    const problem = problemOf(backendUrl, await readAnswer(backend, request, answer, readStatus));
    return problem === undefined
      ? {}
      : { error: requestError(backend, request, problem, { answer }) };
  } catch (error) {
    if (!(error instanceof GrafoleanError)) throw error;
    return { error, retryAfterMs: answer?.retryAfterMs, isForeign: answer !== undefined };
  }
}

function problemOf(backendUrl: string, status: WireStatus): string | undefined {
  const page = backendUrl.replace(/\/api$/, "");
  if (status.db_migration_needed) {
    return `needs its database to be created or upgraded: open ${page} in a browser`;
  }
  if (status.user_exists !== true) return `has no user yet: create the admin user at ${page}`;
  return undefined;
}
