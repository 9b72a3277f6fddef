import { requestError } from "./errors.ts";
import { redact, redactStart } from "./redact.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { parseRetryAfter } from "./retry_after.ts";
import { untraced } from "./untraced.ts";

/** Options for {@linkcode sendRequest}. */
export interface SendRequestOptions {
  /** The `fetch` to use. */
  readonly fetch: typeof fetch;
  /** How long it may take to read the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** The maximum size of the answer's body, in bytes. */
  readonly maxBodyBytes: number;
}

/**
 * Sends a request once and returns the answer, whatever its status.
 *
 * @throws {GrafoleanError} If there is no complete answer, none in time, or one with too large a body.
 * @throws The reason of `request.signal` if it aborts.
 */
export async function sendRequest(
  backend: Backend,
  request: GrafoleanRequest,
  { fetch, timeoutMs, maxBodyBytes }: SendRequestOptions,
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
    const response = await untraced(() => fetch(urlOf(backend, request), init));
    status = response.status;
    return answerOf(backend, response, await textOf(response, maxBodyBytes));
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
    // A status without a complete body is no answer: the outcome of the request is unknown.
    const hasBegun = status !== undefined;
    const what = isTimedOut
      ? `did not ${hasBegun ? "finish its answer" : "answer"} within ${timeoutMs / 1000} s`
      : `${hasBegun ? "broke off its answer" : "cannot be reached"}: ${
        redact(innermostMessage(error), backend.token?.secrets ?? [])
      }`;
    throw requestError(backend, request, what, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function urlOf({ backendUrl, token }: Backend, { path }: GrafoleanRequest): string {
  const url = backendUrl + path;
  return token === undefined
    ? url
    : `${url}${path.includes("?") ? "&" : "?"}b=${encodeURIComponent(token.value)}`;
}

// In characters. The body of a failure is for people, who would not read more of it.
const MAX_ERROR_BODY_LENGTH = 10_000;

function answerOf(backend: Backend, response: Response, body: string): GrafoleanAnswer {
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"));
  const location = response.headers.get("location");
  const secrets = backend.token?.secrets ?? [];
  return {
    status: response.status,
    body: response.status < 300 ? body : redactStart(body, MAX_ERROR_BODY_LENGTH, secrets),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(location === null ? {} : {
      location: redact(location, secrets).replace(/\?.*$/s, ""),
    }),
  };
}

class BodyTooLong extends Error {}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new BodyTooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
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

// Runtimes wrap the telling message in "fetch failed".
function innermostMessage(error: unknown): string {
  let inner = error;
  for (let n = 0; n < 10 && inner instanceof Error && inner.cause instanceof Error; n++) {
    inner = inner.cause;
  }
  if (inner instanceof AggregateError && inner.message === "" && inner.errors.length > 0) {
    return innermostMessage(inner.errors[0]);
  }
  if (!(inner instanceof Error)) return String(inner);
  // Deno repeats the URL at the start.
  return inner.message.replace(/^error sending request (?:for|from \S+ for) \S+.*?\): /, "") ||
    inner.name;
}
