import { GrafoleanError } from "../util/errors.ts";
import { backendUrlHint } from "./backend_url.ts";
import { envProxy } from "./env_proxy.ts";
import { PROXY_LOGIN } from "./explain_failure.ts";
import { parseBody, WireError } from "./fields.ts";
import { redact, redactError, redactStart } from "./redact.ts";
import { type Backend, type GrafoleanAnswer, type GrafoleanRequest, secretsOf } from "./request.ts";

// In characters.
const MAX_BODY_LENGTH = 500;
const MAX_REASON_LENGTH = 200;

// "Please use HTTPS!", "The plain HTTP request was sent to HTTPS port", "Client sent an HTTP request to an HTTPS server.",
// "You're speaking plain HTTP to an SSL-enabled server port."
const WANTS_HTTPS = /(?:^|\s)https[\s.!]|plain http/i;

/**
 * Creates the error for a failed request.
 *
 * @param what The rest of a sentence that starts with "Grafolean at URL".
 */
export function requestError(
  backend: Backend,
  { method, path }: GrafoleanRequest,
  what: string,
  { answer, cause }: {
    readonly answer?: { readonly status: number; readonly body?: string } | undefined;
    readonly cause?: unknown;
  } = {},
): GrafoleanError {
  const { backendUrl, token } = backend;
  const secrets = secretsOf(backend);
  return new GrafoleanError(
    redact(`Grafolean at ${backendUrl} ${what} (${method} ${path})`, secrets),
    {
      method,
      url: redact(backendUrl + path, secrets) + (token === undefined ? "" : "?b=***"),
      status: answer?.status,
      body: answer?.body === undefined
        ? undefined
        : redactStart(answer.body, MAX_BODY_LENGTH, secrets),
      ...(cause === undefined ? {} : { cause: redactError(cause, secrets) }),
    },
  );
}

/** Creates the error for an answer with a status outside 200 to 299: why it came, and what to do. */
export function statusError(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
): GrafoleanError {
  const wait = Math.ceil((answer.retryAfterMs ?? 0) / 1000);
  const what = `answered ${answer.status}: ${reasonOf(backend, request, answer)}` +
    (wait > 0 ? `; it asks to wait for ${wait} s` : "");
  return requestError(backend, request, what, { answer });
}

function reasonOf(
  { backendUrl, token }: Backend,
  { method, path }: GrafoleanRequest,
  { status, body, location = "an unknown place" }: GrafoleanAnswer,
): string {
  if (status >= 300 && status < 400) {
    return `a redirect to ${location}; set the backend URL to the address of Grafolean itself`;
  }
  if (status === 407) {
    return `the proxy ${
      envProxy(backendUrl) ?? "in between"
    } refuses to pass it on: ${PROXY_LOGIN}`;
  }
  if (status === 400 && backendUrl.startsWith("http:") && WANTS_HTTPS.test(body)) {
    return "the port wants HTTPS: use https:// instead of http:// in the backend URL (BACKEND_URL)";
  }
  if (status === 429) return "the web server in front of Grafolean takes no more requests for now";
  if (status > 501) {
    return "the web server in front of Grafolean got no answer from it: Grafolean is not up or overloaded";
  }
  const hint = backendUrlHint(backendUrl);
  if (isHtml(body)) return `an HTML page of a proxy; ${hint}`;
  const reason = body.trim().slice(0, MAX_REASON_LENGTH) || "no reason given";
  if (token === undefined) {
    // Grafolean refuses nothing that needs no login.
    return status === 500 ? "its database cannot be reached" : `${reason}; ${hint}`;
  }
  if (status === 401) {
    return "unknown bot token: compare it with the one in the list of bots in Grafolean";
  }
  if (status === 403) {
    const resource = path.replace(/^\/|\/?(?:\?.*)?$/g, "");
    return `this bot may not ${method} ${resource}: grant this bot ${method} on ${resource}`;
  }
  if (reason.includes("Invalid input format")) {
    return `${reason}: the account may not exist, check its id`;
  }
  return reason;
}

/**
 * Parses and validates the JSON of an answer.
 *
 * @param read Converts the parsed JSON, `undefined` if the answer has no body, or throws a {@linkcode WireError}.
 * @throws {GrafoleanError} If the status is outside 200 to 299, the body is not JSON, or `read` throws a
 * {@linkcode WireError}.
 */
export async function readAnswer<T>(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
  read: (json: unknown) => T,
): Promise<T> {
  return await readBody(backend, request, answer, (body) => read(parseBody(body)));
}

/** Converts a body, or throws a {@linkcode WireError} or a `SyntaxError`. */
export type ReadBody<T> = (body: string) => T | Promise<T>;

/** Does what {@linkcode readAnswer} does where `read` parses the JSON itself. */
export async function readBody<T>(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
  read: ReadBody<T>,
): Promise<T> {
  const { status, body } = answer;
  if (status < 200 || status > 299) throw statusError(backend, request, answer);
  try {
    return await read(body);
  } catch (cause) {
    if (cause instanceof WireError) {
      const what = `returned ${cause.message}`;
      throw requestError(backend, request, what, { answer: { status }, cause });
    }
    if (!(cause instanceof SyntaxError)) throw cause;
    const isBrokenJson = /^\s*[[{]/.test(body);
    const what = isHtml(body)
      ? "HTML"
      : isBrokenJson
      ? "broken or truncated JSON"
      : "something that is not JSON";
    const hint = `${backendUrlHint(backend.backendUrl)}, and check for a proxy in between`;
    // Broken JSON may be the start of a list of credentials.
    const details = { answer: isBrokenJson ? { status } : answer };
    throw requestError(backend, request, `answered ${status} with ${what}: ${hint}`, details);
  }
}

function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}
