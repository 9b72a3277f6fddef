import { delay } from "@std/async/delay";
import { GrafoleanError } from "../util/errors.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { backendUrlHint, normalizeBackendUrl } from "./backend_url.ts";
import { requestError } from "./errors.ts";
import { WireError } from "./fields.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { sendRequest } from "./send_request.ts";
import { readStatus, type WireStatus } from "./wire.ts";

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
const MAX_BODY_BYTES = 2 ** 20;

// With a trailing slash, Grafolean would require a login.
const REQUEST: GrafoleanRequest = { method: "GET", path: "/status/info" };

/**
 * Waits until Grafolean is ready: it is reachable, needs no database migration, and has a first user. A bot may start
 * before Grafolean does, for example from the same Compose file. The bots of Grafolean's reference library wait for the
 * same conditions.
 *
 * Sends `GET /status/info`, without a token, at once and again after up to 1 second, doubling to up to 30 seconds.
 *
 * @param backendUrl The base URL of Grafolean, such as `https://grafolean.example.com/api`.
 * @throws {GrafoleanError} If Grafolean is not ready by the deadline; the message contains the reason.
 * @throws The reason of `signal` if it aborts.
 */
export async function waitForGrafolean(
  backendUrl: string,
  { problems, signal, deadline = Infinity, fetch = globalThis.fetch }: WaitForGrafoleanOptions,
): Promise<void> {
  const backend = { backendUrl: normalizeBackendUrl(backendUrl) };
  const end = performance.now() + deadline * 1000;
  for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
    // The last request may exceed the deadline by a second: with no time left it could not tell anything.
    const timeoutMs = Math.max(1000, Math.min(TIMEOUT_MS, end - performance.now()));
    const { reason, answer, cause } = await probe(
      backend.backendUrl,
      () =>
        sendRequest(backend, { ...REQUEST, signal }, {
          fetch,
          timeoutMs,
          maxBodyBytes: MAX_BODY_BYTES,
        }),
    );
    if (reason === undefined) return problems.clear("Grafolean");
    const leftMs = end - performance.now();
    if (leftMs <= 0) {
      const what = `is not ready after ${deadline} s: ${reason}`;
      throw requestError(backend, REQUEST, what, {
        ...(answer && { answer }),
        ...(cause && { cause }),
      });
    }
    problems.raise("Grafolean", `Waiting for Grafolean at ${backend.backendUrl}: ${reason}`);
    // Jitter, because many bots start at the same time.
    const pauseMs = Math.min(waitMs * (0.5 + Math.random() / 2), leftMs);
    await delay(pauseMs, signal ? { signal } : {});
  }
}

/** The result of one request: why Grafolean is not ready, or `undefined` if it is. */
interface Probe {
  readonly reason: string | undefined;
  readonly answer?: GrafoleanAnswer;
  readonly cause?: GrafoleanError;
}

async function probe(backendUrl: string, send: () => Promise<GrafoleanAnswer>): Promise<Probe> {
  try {
    const answer = await send();
    return { reason: notReadyReason(backendUrl, answer), answer };
  } catch (error) {
    if (!(error instanceof GrafoleanError)) throw error;
    // The lines around the reason name the backend.
    const reason = error.message
      .replace(`Grafolean at ${backendUrl} `, "it ")
      .replace(` (${REQUEST.method} ${REQUEST.path})`, "");
    return { reason, cause: error };
  }
}

function notReadyReason(backendUrl: string, answer: GrafoleanAnswer): string | undefined {
  const { status, body, location = "an unknown place" } = answer;
  const hint = backendUrlHint(backendUrl);
  if (status >= 300 && status < 400) {
    return `it redirects to ${location}: set the backend URL to the address of Grafolean itself`;
  }
  if (status === 500) return "it answers 500: its database cannot be reached";
  if (status > 500) return `the web server in front of it answers ${status}: Grafolean is not up`;
  if (/^\s*</.test(body)) return `a web page answers instead (${status}): ${hint}`;
  if (status < 200 || status > 299) return `it answers ${status}: ${hint}`;
  let info: WireStatus;
  try {
    info = readStatus(JSON.parse(body));
  } catch (error) {
    const what = error instanceof WireError ? error.message : "something that is not JSON";
    return `it returns ${what}: ${hint}`;
  }
  const page = backendUrl.replace(/\/api$/, "");
  if (info.db_migration_needed) {
    return `its database has to be created or upgraded: open ${page} in a browser`;
  }
  if (info.user_exists !== true) return `it has no user yet: create the admin user at ${page}`;
  return undefined;
}
