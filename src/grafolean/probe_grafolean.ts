import { GrafoleanError } from "../util/errors.ts";
import { backendUrlHint } from "./backend_url.ts";
import { explainAnswer, isHtml } from "./explain_answer.ts";
import { WireError } from "./fields.ts";
import { MAX_SHORT_BODY_BYTES } from "./read_body.ts";
import type { GrafoleanAnswer, GrafoleanRequest, Transport } from "./request.ts";
import { sendRequest } from "./send_request.ts";
import { readStatus, type WireStatus } from "./wire.ts";

/** Options for {@linkcode probeGrafolean}. */
interface ProbeOptions {
  /** Sends the request. */
  readonly transport: Transport;
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
 * @throws {ConfigError} If Deno does not permit the connection.
 * @throws The reason of `signal` if it aborts.
 */
export async function probeGrafolean(
  backendUrl: string,
  { transport, timeoutMs, signal }: ProbeOptions,
): Promise<Probe> {
  try {
    const options = { transport, timeoutMs, maxBodyBytes: MAX_SHORT_BODY_BYTES };
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
  const { status, body } = answer;
  if (status === 500) return "it answers 500: its database cannot be reached";
  if (status < 200 || status > 299) {
    return `it answers ${status}: ${explainAnswer({ backendUrl }, STATUS_REQUEST, answer)}`;
  }
  const hint = backendUrlHint(backendUrl);
  if (isHtml(body)) return `it answers ${status} with HTML: ${hint}`;
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
