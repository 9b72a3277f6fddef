import { delay } from "@std/async/delay";
import type { ProblemLog } from "../util/problem_log.ts";
import { normalizeBackendUrl } from "./backend_url.ts";
import { Connections } from "./connections.ts";
import { requestError } from "./errors.ts";
import { probeGrafolean, STATUS_REQUEST } from "./probe_grafolean.ts";
import type { Transport } from "./request.ts";

interface WaitForGrafoleanOptions {
  /** Logs why Grafolean is not ready. */
  readonly problems: ProblemLog;
  /** Cancels the wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at most, in seconds; 0 sends a single request. @default Infinity */
  readonly deadline?: number | undefined;
  /** The `fetch` to use. @default globalThis.fetch */
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
 * @throws {GrafoleanError} If Grafolean is not ready by the deadline; the message contains the reason.
 * @throws {ConfigError} If Deno does not permit the connection.
 * @throws The reason of `signal` if it aborts.
 */
export async function waitForGrafolean(
  backendUrl: string,
  options: WaitForGrafoleanOptions,
): Promise<void> {
  const connections = new Connections();
  try {
    const transport = options.fetch === undefined ? connections : { fetch: options.fetch };
    await waitWith(transport, normalizeBackendUrl(backendUrl), options);
  } finally {
    connections[Symbol.dispose]();
  }
}

async function waitWith(
  transport: Transport,
  backendUrl: string,
  { problems, signal, deadline = Infinity }: WaitForGrafoleanOptions,
): Promise<void> {
  const end = performance.now() + deadline * 1000;
  for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
    // The last request may exceed the deadline by a second: with no time left it could not tell anything.
    const timeoutMs = Math.max(1000, Math.min(TIMEOUT_MS, end - performance.now()));
    const probe = await probeGrafolean(backendUrl, { transport, timeoutMs, signal });
    const { reason, answer, cause } = probe;
    if (reason === undefined) return problems.clear("Grafolean");
    const leftMs = end - performance.now();
    const { retryAfterMs = 0 } = answer ?? {};
    if (leftMs <= 0 || retryAfterMs > leftMs) {
      const what = `is not ready ${leftMs <= 0 ? "after" : "within"} ${deadline} s: ${reason}`;
      throw requestError({ backendUrl }, STATUS_REQUEST, what, {
        ...(answer && { answer }),
        ...(cause && { cause }),
      });
    }
    problems.raise("Grafolean", `Waiting for Grafolean at ${backendUrl}: ${reason}`);
    // Jitter, because many bots start at the same time.
    const pauseMs = Math.max(retryAfterMs, waitMs * (0.5 + Math.random() / 2));
    await delay(Math.min(pauseMs, leftMs), signal ? { signal } : {});
  }
}
