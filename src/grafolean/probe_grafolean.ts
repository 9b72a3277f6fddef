import { GrafoleanError } from "../util/errors.ts";
import { backendUrlHint } from "./backend_url.ts";
import { WireError } from "./fields.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { sendRequest } from "./send_request.ts";
import { readStatus, type WireStatus } from "./wire.ts";

/** Options for {@linkcode probeGrafolean}. */
interface ProbeOptions {
  /** The `fetch` to use. */
  readonly fetch: typeof fetch;
  /** How long to wait for the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of {@linkcode probeGrafolean}. */
interface Probe {
  /** Why Grafolean is not ready; `undefined` if it is. */
  readonly reason: string | undefined;
  /** The answer, if there was one. */
  readonly answer?: GrafoleanAnswer;
  /** The error, if there was no answer. */
  readonly cause?: GrafoleanError;
}

/** The request that is sent. With a trailing slash, Grafolean would require a login. */
export const STATUS_REQUEST: GrafoleanRequest = { method: "GET", path: "/status/info" };

/**
 * Asks once, without a token, whether Grafolean is ready: it is reachable, needs no database migration, and has a first
 * user.
 *
 * @param backendUrl The normalized base URL.
 * @throws The reason of `signal` if it aborts.
 */
export async function probeGrafolean(
  backendUrl: string,
  { fetch, timeoutMs, signal }: ProbeOptions,
): Promise<Probe> {
  try {
    const options = { fetch, timeoutMs, maxBodyBytes: 2 ** 20 };
    const answer = await sendRequest({ backendUrl }, { ...STATUS_REQUEST, signal }, options);
    return { reason: notReadyReason(backendUrl, answer), answer };
  } catch (error) {
    if (!(error instanceof GrafoleanError)) throw error;
    // The lines around the reason name the backend.
    const reason = error.message
      .replace(`Grafolean at ${backendUrl} `, "it ")
      .replace(` (${STATUS_REQUEST.method} ${STATUS_REQUEST.path})`, "");
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
