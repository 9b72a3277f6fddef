/**
 * Grafolean as seen over HTTP.
 *
 * @module
 */

import { retry, RetryError } from "@std/async/retry";
import { backendUrlHint, normalizeBackendUrl } from "./backend_url.ts";
import { BotToken } from "./bot_token.ts";
import { GrafoleanError } from "./grafolean_error.ts";
import { Limiter } from "./limiter.ts";
import { redact, redactError } from "./redact.ts";
import { isTransient, retryAfterMs } from "./status.ts";

/** What a {@linkcode GrafoleanClient} can be told. */
export interface GrafoleanClientOptions {
  /** Makes the requests. @default globalThis.fetch */
  readonly fetch?: typeof fetch | undefined;
  /** How long one request may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /**
   * How many requests may be under way at once. The backend holds up to four database connections for one request, and
   * answers 500 when its pool of 20 is used up. @default 3
   */
  readonly maxConcurrentRequests?: number | undefined;
  /** How often a request that reads is tried before it fails. @default 3 */
  readonly maxAttempts?: number | undefined;
  /** The first wait between two tries, in milliseconds; it doubles from try to try. @default 500 */
  readonly retryDelayMs?: number | undefined;
}

/** One request. */
export interface GrafoleanRequest {
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The path after the base URL, with a slash at its start. */
  readonly path: string;
  /** The body, as JSON text. */
  readonly body?: string;
  /** Ends the request early. */
  readonly signal?: AbortSignal | undefined;
  /** Sends no token: for what Grafolean tells everybody. */
  readonly anonymous?: boolean;
  /** How long the request may take, in milliseconds, where it differs from the client's. */
  readonly timeoutMs?: number | undefined;
}

/** One answer, read to its end. */
export interface GrafoleanAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The body. */
  readonly body: string;
  /** How long to wait before the next try, in milliseconds, where the answer says so. */
  readonly retryAfterMs?: number;
  /** Where a redirect points to, without the token. */
  readonly location?: string;
}

const BODY_SHOWN = 500;
const READ_PATIENCE = 3;

/**
 * Talks to one Grafolean with one token.
 *
 * The token is a query parameter of every request, since that is the only form in which Grafolean takes it from a bot;
 * it is taken out of everything that comes back: errors, their causes and stacks.
 */
export class GrafoleanClient {
  /** The base URL, without a slash at its end. */
  readonly backendUrl: string;
  /** The token that is sent. */
  readonly token: BotToken;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #limiter: Limiter;
  readonly #maxAttempts: number;
  readonly #retryDelayMs: number;

  /**
   * Makes a client; nothing is sent yet.
   *
   * @throws {TypeError} If the URL or the token cannot be used.
   */
  constructor(backendUrl: string, token: BotToken | string, options: GrafoleanClientOptions = {}) {
    this.backendUrl = normalizeBackendUrl(backendUrl);
    this.token = typeof token === "string" ? new BotToken(token) : token;
    // Looked up at each request, so that a test may replace the global.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#limiter = new Limiter(options.maxConcurrentRequests ?? 3);
    this.#maxAttempts = options.maxAttempts ?? 3;
    this.#retryDelayMs = options.retryDelayMs ?? 500;
  }

  /**
   * Sends one request once and returns whatever answer there is, of any status.
   *
   * @throws {GrafoleanError} If there is no answer: no connection, no end of the body, or no time left.
   * @throws The reason of `request.signal` when that aborts.
   */
  request(request: GrafoleanRequest): Promise<GrafoleanAnswer> {
    return this.#limiter.run(() => this.#exchange(request), request.signal);
  }

  /**
   * Reads a resource. Failures that may pass are tried again a few times; reading does no harm.
   *
   * @param path The path after the base URL, such as `/profile`.
   * @returns The parsed JSON, whose form is not checked.
   * @throws {GrafoleanError} If the last try failed, was refused, or did not answer JSON.
   */
  async getJson(path: string, signal?: AbortSignal): Promise<unknown> {
    // A long list takes the backend longer to write than values take it to store.
    const timeoutMs = this.#timeoutMs * READ_PATIENCE;
    const request: GrafoleanRequest = { method: "GET", path, signal, timeoutMs };
    try {
      return await retry(async () => this.parse(request, await this.request(request)), {
        maxAttempts: this.#maxAttempts,
        minTimeout: this.#retryDelayMs,
        isRetriable: (error) =>
          error instanceof GrafoleanError &&
          (error.status === undefined || isTransient(error.status)),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      throw error instanceof RetryError ? error.cause : error;
    }
  }

  /**
   * Sends JSON, once.
   *
   * @returns The parsed JSON of the answer, or `undefined` where it has none.
   * @throws {GrafoleanError} If it was refused or there was no answer.
   */
  async sendJson(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    value?: unknown,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const request: GrafoleanRequest = {
      method,
      path,
      signal,
      ...(value === undefined ? {} : { body: JSON.stringify(value) }),
    };
    return this.parse(request, await this.request(request));
  }

  /**
   * Reads the JSON of an answer.
   *
   * @throws {GrafoleanError} If the answer is a refusal, a redirect, or no JSON.
   */
  parse(request: GrafoleanRequest, answer: GrafoleanAnswer): unknown {
    if (answer.status < 200 || answer.status > 299) throw this.refusal(request, answer);
    if (answer.body === "") return undefined;
    try {
      return JSON.parse(answer.body);
    } catch {
      const what = /^\s*</.test(answer.body) ? "HTML" : "something that is not JSON";
      throw this.#error(
        request,
        `answered ${answer.status} with ${what}: ${
          backendUrlHint(this.backendUrl)
        }, and look for a proxy in between`,
        answer,
      );
    }
  }

  /** Makes the error for an answer that is not a success. */
  refusal(request: GrafoleanRequest, answer: GrafoleanAnswer): GrafoleanError {
    return this.#error(
      request,
      `answered ${answer.status}: ${this.#meaning(request, answer)}`,
      answer,
    );
  }

  #meaning(request: GrafoleanRequest, answer: GrafoleanAnswer): string {
    const { status } = answer;
    if (status >= 300 && status < 400) {
      return `a redirect to ${
        answer.location ?? "nowhere"
      }; set the backend URL to where Grafolean really is`;
    }
    if (status === 401) {
      return "the bot token is not known (any more): check it on the bot's page in Grafolean";
    }
    if (status === 403) {
      const resource = request.path.replace(/^\/|\/$/g, "");
      return `this bot may not ${request.method} ${resource}: grant it that in Grafolean`;
    }
    if (/^\s*</.test(answer.body)) {
      return `an HTML page of a proxy; ${backendUrlHint(this.backendUrl)}`;
    }
    return redact(answer.body.slice(0, 200).trim(), this.token.secrets) || "no reason given";
  }

  async #exchange(request: GrafoleanRequest): Promise<GrafoleanAnswer> {
    const { method, body, signal, timeoutMs = this.#timeoutMs } = request;
    // AbortSignal.any() and AbortSignal.timeout() would do the same, but leave something behind on a signal that lives
    // as long as the bot.
    const controller = new AbortController();
    const stop = () => controller.abort(signal?.reason);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      controller.abort();
    }, timeoutMs);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const response = await this.#fetch(this.#url(request), {
        method,
        // A redirect would carry the token to another place, and turn a POST into a GET.
        redirect: "manual",
        signal: controller.signal,
        ...(body === undefined ? {} : {
          headers: { "content-type": "application/json" },
          ...(method === "POST" ? onceOnly(body) : { body }),
        }),
      });
      return this.#answer(response, await response.text());
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const what = late
        ? `did not answer within ${timeoutMs / 1000} s`
        : `cannot be reached: ${redact(rootMessage(error), this.token.secrets)}`;
      throw this.#error(request, what, undefined, error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  #answer(response: Response, body: string): GrafoleanAnswer {
    const wait = retryAfterMs(response.headers.get("retry-after"));
    const location = response.headers.get("location");
    return {
      status: response.status,
      body,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(location === null ? {} : { location: this.#withoutQuery(location) }),
    };
  }

  #withoutQuery(location: string): string {
    return redact(location, this.token.secrets).replace(/\?.*$/s, "");
  }

  #url({ path, anonymous = false }: GrafoleanRequest): string {
    const url = this.backendUrl + path;
    return anonymous ? url : `${url}?b=${encodeURIComponent(this.token.value)}`;
  }

  #error(
    request: GrafoleanRequest,
    what: string,
    answer?: GrafoleanAnswer,
    cause?: unknown,
  ): GrafoleanError {
    const secrets = this.token.secrets;
    const url = this.backendUrl + request.path + (request.anonymous ? "" : "?b=***");
    return new GrafoleanError(
      `Grafolean at ${this.backendUrl} ${what} (${request.method} ${request.path})`,
      {
        method: request.method,
        url,
        ...(answer && {
          status: answer.status,
          body: redact(answer.body, secrets).slice(0, BODY_SHOWN),
        }),
        ...(cause === undefined ? {} : { cause: redactError(cause, secrets) }),
      },
    );
  }
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
function rootMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError && inner.message === "" && inner.errors.length > 0) {
    return rootMessage(inner.errors[0]);
  }
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
