import { requestError } from "./errors.ts";
import { explainFailure, permissionError } from "./explain_failure.ts";
import { BodyTooLong, readBody } from "./read_body.ts";
import { redact, redactStart } from "./redact.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest, Transport } from "./request.ts";
import { parseRetryAfter } from "./retry_after.ts";
import { untraced } from "./untraced.ts";

/** Options for {@linkcode sendRequest}. */
export interface SendRequestOptions {
  /** Sends the request. */
  readonly transport: Transport;
  /** How long it may take to read the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** The maximum size of the body of a success, in bytes. */
  readonly maxBodyBytes: number;
}

/**
 * Sends a request once and returns the answer, whatever its status.
 *
 * @throws {GrafoleanError} If there is no complete answer, none in time, or one with too large a body.
 * @throws {ConfigError} If Deno does not permit the connection.
 * @throws The reason of `request.signal` if it aborts.
 */
export async function sendRequest(
  backend: Backend,
  request: GrafoleanRequest,
  { transport, timeoutMs, maxBodyBytes }: SendRequestOptions,
): Promise<GrafoleanAnswer> {
  const { method, body, signal } = request;
  signal?.throwIfAborted();
  // Not AbortSignal.any() and AbortSignal.timeout(), which leak on a signal that lives as long as the bot.
  const controller = new AbortController();
  let stop = (_reason: unknown): void => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
  });
  const abort = () => stop(signal?.reason);
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    stop(new DOMException("The request timed out", "TimeoutError"));
  }, timeoutMs);
  signal?.addEventListener("abort", abort, { once: true });
  const url = urlOf(backend, request);
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
      ...(body === undefined ? {} : {
        headers: { "content-type": "application/json" },
        ...(method === "POST" ? onceOnly(body) : { body }),
      }),
    };
    const response = await untraced(() => transport.fetch(url, init));
    status = response.status;
    const text = await readBody(response, maxBodyBytes);
    const proxy = status === 407 ? transport.proxyOf?.(url) : undefined;
    return answerOf(backend, response, text, proxy);
  };
  try {
    // A race, because a custom fetch may ignore its signal.
    return await Promise.race([attempt(), stopped]);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof BodyTooLong && status !== undefined) {
      const what =
        `answered ${status} with more than ${maxBodyBytes} bytes: check for a proxy in between`;
      throw requestError(backend, request, what, { answer: { status } });
    }
    const forbidden = permissionError(url, error);
    if (forbidden !== undefined) throw forbidden;
    // A status without a complete body is no answer: the outcome of the request is unknown.
    const what = status === undefined
      ? noAnswer(error, isTimedOut ? timeoutMs : undefined, transport.proxyOf?.(url))
      : isTimedOut
      ? `did not finish its answer within ${timeoutMs / 1000} s`
      : `broke off its answer: ${explainFailure(error)}`;
    throw requestError(backend, request, what, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function noAnswer(error: unknown, timeoutMs: number | undefined, proxy?: string): string {
  const way = proxy === undefined ? "" : ` through the proxy ${proxy}`;
  return timeoutMs === undefined
    ? `cannot be reached${way}: ${explainFailure(error)}`
    : `did not answer within ${timeoutMs / 1000} s${way}`;
}

function urlOf({ backendUrl, token }: Backend, { path }: GrafoleanRequest): string {
  const url = backendUrl + path;
  return token === undefined
    ? url
    : `${url}${path.includes("?") ? "&" : "?"}b=${encodeURIComponent(token.value)}`;
}

// In characters.
const MAX_FAILURE_LENGTH = 10_000;

function answerOf(
  backend: Backend,
  response: Response,
  body: string,
  proxy: string | undefined,
): GrafoleanAnswer {
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"));
  const location = response.headers.get("location");
  const secrets = backend.token?.secrets ?? [];
  return {
    status: response.status,
    body: response.status < 300 ? body : redactStart(body, MAX_FAILURE_LENGTH, secrets),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(location === null ? {} : {
      location: redact(location, secrets).replace(/\?.*$/s, ""),
    }),
    ...(proxy === undefined ? {} : { proxy }),
  };
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
