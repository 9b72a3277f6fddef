import { GrafoleanError } from "../util/errors.ts";
import type { Observers } from "../util/observers.ts";
import { hostWithPort } from "./backend_url.ts";
import type { Connections } from "./connections.ts";
import { isPermittedByDeno } from "./deno_permission.ts";
import { envProxy } from "./env_proxy.ts";
import { requestError } from "./errors.ts";
import { explainFailure, permissionError } from "./explain_failure.ts";
import { redact, redactStart } from "./redact.ts";
import { type Backend, type GrafoleanAnswer, type GrafoleanRequest, secretsOf } from "./request.ts";
import { kindOf, type RequestObserver } from "./request_observer.ts";
import { parseRetryAfter } from "./retry_after.ts";
import { untraced } from "./untraced.ts";

/** Options for {@linkcode sendRequest}. */
export interface SendRequestOptions {
  /** The connections to use; after a timeout all idle ones are closed, as they may be as dead. */
  readonly connections: Connections;
  /** How long it may take to read the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Those who observe the requests. @default nobody */
  readonly observers?: Observers<RequestObserver> | undefined;
}

// In characters: 20,000 devices need about 10 MiB.
const MAX_LENGTH = 64 * 2 ** 20;

// In characters. The body of a failure is for people, who would not read more of it.
const MAX_FAILURE_LENGTH = 10_000;

/**
 * Sends a request once and returns the answer, whatever its status.
 *
 * @throws {GrafoleanError} If there is no complete answer, none in time, or one with more than 64 MiB.
 * @throws {ConfigError} If Deno does not permit the connection.
 * @throws The reason of `request.signal` if it aborts.
 */
export async function sendRequest(
  backend: Backend,
  request: GrafoleanRequest,
  { connections, timeoutMs, observers }: SendRequestOptions,
): Promise<GrafoleanAnswer> {
  const { method, body, signal } = request;
  signal?.throwIfAborted();
  // Not AbortSignal.any() and AbortSignal.timeout(), which leak on a signal that lives as long as the bot.
  const controller = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
  });
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => {
    // Not once the request has failed, which is too late for the next one.
    connections[Symbol.dispose]();
    controller.abort(new DOMException("The request timed out", "TimeoutError"));
  }, timeoutMs);
  const url = urlOf(backend, request);
  const start = performance.now();
  let answer: GrafoleanAnswer | undefined;
  let status: number | undefined;
  const attempt = async (): Promise<GrafoleanAnswer> => {
    const init: RequestInit = {
      method,
      // Following a redirect would send the token elsewhere, and turn a POST into a GET.
      redirect: "manual",
      // Grafolean ignores the token if there are other credentials. Besides, the fetch standard may prompt for a password
      // at a 401, and fails if the body is a stream.
      credentials: "omit",
      signal: controller.signal,
      headers: headersOf(backend, request),
      ...(body === undefined
        ? {}
        : method === "POST" && mayConnect(url)
        ? onceOnly(body)
        : { body }),
    };
    const response = await untraced(() => connections.fetch(url, init));
    status = response.status;
    return await readAnswerOf(backend, request, response);
  };
  try {
    // A race, because a custom fetch may ignore its signal.
    return answer = await Promise.race([attempt(), aborted]);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof GrafoleanError) throw error;
    const forbidden = permissionError(url, error);
    if (forbidden !== undefined) throw forbidden;
    const isTimedOut = controller.signal.aborted;
    const time = `within ${timeoutMs / 1000} s`;
    if (status !== undefined) {
      // A status without a complete body is no answer: the outcome of the request is unknown.
      const what = isTimedOut
        ? `did not finish its answer ${time}`
        : `broke off its answer: ${explainFailure(error)}`;
      throw requestError(backend, request, what, { cause: error });
    }
    const proxy = envProxy(url);
    const way = proxy === undefined ? "" : ` through the proxy ${proxy}`;
    const what = isTimedOut
      ? `did not answer ${time}${way}`
      : `cannot be reached${way}: ${explainFailure(error)}`;
    throw requestError(backend, request, what, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    if (observers?.isEmpty === false) {
      const seconds = (performance.now() - start) / 1000;
      const ended = { kind: kindOf(request), method, status: answer?.status, seconds };
      observers.notify((observer) => observer.onRequest?.(ended));
    }
  }
}

function urlOf({ backendUrl, token }: Backend, { path }: GrafoleanRequest): string {
  const url = backendUrl + path;
  return token === undefined
    ? url
    : `${url}${path.includes("?") ? "&" : "?"}b=${encodeURIComponent(token.value)}`;
}

function headersOf({ person }: Backend, { body }: GrafoleanRequest): Record<string, string> {
  return {
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(person?.authorization !== undefined && { authorization: person.authorization }),
  };
}

async function readAnswerOf(
  backend: Backend,
  request: GrafoleanRequest,
  { status, headers, body }: Response,
): Promise<GrafoleanAnswer> {
  const isFailure = status > 299;
  const decoder = new TextDecoder();
  let text = "";
  // Leaving the loop early cancels the stream.
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (isFailure && text.length > MAX_FAILURE_LENGTH) break;
    if (text.length > MAX_LENGTH) {
      const what = `answered ${status} with more than 64 MiB: check for a proxy in between`;
      throw requestError(backend, request, what, { answer: { status } });
    }
  }
  text += decoder.decode();
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"));
  const location = headers.get("location");
  const authorization = headers.get("x-jwt-token");
  const secrets = secretsOf(backend);
  return {
    status,
    body: isFailure ? redactStart(text, MAX_FAILURE_LENGTH, secrets) : text,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(authorization === null ? {} : { authorization }),
    ...(location === null ? {} : { location: redact(location, secrets).replace(/\?.*$/s, "") }),
  };
}

// On Deno, a stream that must not be sent would keep the process alive forever.
function mayConnect(url: string): boolean {
  return isPermittedByDeno({ name: "net", host: hostWithPort(url) }) ?? true;
}

// Deno repeats a request by itself if the connection dies before the answer and it still has the body, so the backend
// would store a POST twice. A stream can only be sent once.
function onceOnly(body: string): RequestInit {
  const bytes = new TextEncoder().encode(body);
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  // The fetch standard requires `duplex` with a stream; the types of the DOM library lack it.
  return { body: stream, duplex: "half" } as RequestInit;
}
