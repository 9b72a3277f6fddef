import { failure } from "./errors.ts";
import { redact, redactStart } from "./redact.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { retryAfterMs } from "./retry_after.ts";
import { untraced } from "./untraced.ts";

/** What {@linkcode exchange} needs to know besides the request. */
export interface ExchangeOptions {
  /** Makes the request. */
  readonly fetch: typeof fetch;
  /** How long it may take until the answer is read to its end, in milliseconds. */
  readonly timeoutMs: number;
  /** How long the body of the answer may be, in bytes. */
  readonly maxBodyBytes: number;
}

/**
 * Sends one request once and returns whatever answer there is, of any status.
 *
 * @throws {GrafoleanError} If there is no answer: no connection, no end of the body, no end in sight, or no time left.
 * @throws The reason of `request.signal` when that aborts.
 */
export async function exchange(
  backend: Backend,
  request: GrafoleanRequest,
  { fetch, timeoutMs, maxBodyBytes }: ExchangeOptions,
): Promise<GrafoleanAnswer> {
  const { method, body, signal } = request;
  signal?.throwIfAborted();
  // AbortSignal.any() and AbortSignal.timeout() would do the same, but leave something behind on a signal that lives
  // as long as the bot.
  const controller = new AbortController();
  let stop = (_reason: unknown): void => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
  });
  const abort = () => stop(signal?.reason);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop(new DOMException("The time is over", "TimeoutError"));
  }, timeoutMs);
  signal?.addEventListener("abort", abort, { once: true });
  let status: number | undefined;
  const attempt = async (): Promise<GrafoleanAnswer> => {
    const init: RequestInit = {
      method,
      // A redirect would carry the token to another place, and turn a POST into a GET.
      redirect: "manual",
      // Nothing but the token says who asks: Grafolean ignores it where there is a login of another kind. Besides, the
      // fetch standard wants to ask a person for a password at a 401, and fails when the body is a stream.
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
    // A race, since a fetch of somebody else's making may not heed its signal.
    return await Promise.race([attempt(), stopped]);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof BodyTooLong && status !== undefined) {
      const what =
        `answered ${status} with more than ${maxBodyBytes} bytes: look for a proxy in between`;
      throw failure(backend, request, what, { answer: { status } });
    }
    // A status without the end of the body is no answer: what happened to the request is not known.
    const what = late
      ? `did not ${status === undefined ? "answer" : "end its answer"} within ${timeoutMs / 1000} s`
      : `${status === undefined ? "cannot be reached" : "broke off its answer"}: ${
        redact(reasonOf(error), backend.token?.secrets ?? [])
      }`;
    throw failure(backend, request, what, { cause: error });
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

// A body that says what went wrong is for people; nobody reads more of it.
const REASON_KEPT = 10_000;

function answerOf(backend: Backend, response: Response, body: string): GrafoleanAnswer {
  const wait = retryAfterMs(response.headers.get("retry-after"));
  const location = response.headers.get("location");
  const secrets = backend.token?.secrets ?? [];
  return {
    status: response.status,
    body: response.status < 300 ? body : redactStart(body, REASON_KEPT, secrets),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
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
  // Leaving the loop early cancels the stream, and with it the rest of the body.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new BodyTooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

// Deno sends a request whose body it still has once more, by itself, when the connection dies before the answer: the
// backend would store a POST twice. A body that is a stream is gone once it is sent.
function onceOnly(body: string): RequestInit {
  const bytes = new TextEncoder().encode(body);
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  // `duplex` is required with a stream by the fetch standard, and missing in the types of the DOM library.
  return { body: stream, duplex: "half" } as RequestInit;
}

/** The innermost message of an error, which says most: runtimes wrap it in "fetch failed". */
function reasonOf(error: unknown): string {
  let inner = error;
  for (let n = 0; n < 10 && inner instanceof Error && inner.cause instanceof Error; n++) {
    inner = inner.cause;
  }
  if (inner instanceof AggregateError && inner.message === "" && inner.errors.length > 0) {
    return reasonOf(inner.errors[0]);
  }
  if (!(inner instanceof Error)) return String(inner);
  // Deno starts with the URL, which is said anyway.
  return inner.message.replace(/^error sending request (?:for|from \S+ for) \S+.*?\): /, "") ||
    inner.name;
}
