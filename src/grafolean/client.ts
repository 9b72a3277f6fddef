import { delay } from "@std/async/delay";
import { retry, RetryError } from "@std/async/retry";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import { Listeners } from "../util/listeners.ts";
import { normalizeBackendUrl } from "./backend_url.ts";
import { BotToken } from "./bot_token.ts";
import { Connections } from "./connections.ts";
import { parseAnswer, requestError, statusError } from "./errors.ts";
import { WireError } from "./fields.ts";
import { probeGrafolean } from "./probe_grafolean.ts";
import { MAX_SHORT_BODY_BYTES } from "./read_body.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { RetryPause } from "./retry_pause.ts";
import { sendRequest, type SendRequestOptions } from "./send_request.ts";

/** Options for {@linkcode GrafoleanClient}. */
export interface GrafoleanClientOptions {
  /** The `fetch` to use. @default globalThis.fetch, over HTTP/1.1 */
  readonly fetch?: typeof fetch | undefined;
  /** How long one request may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /**
   * How many requests may be in progress at once. The backend uses up to four database connections per request, and
   * answers 500 when its pool of 20 is exhausted. @default 3
   */
  readonly maxConcurrentRequests?: number | undefined;
  /** How many times a read is attempted before it fails. @default 3 */
  readonly maxAttempts?: number | undefined;
  /** The first wait between two attempts, in milliseconds; it doubles each time. @default 500 */
  readonly retryDelayMs?: number | undefined;
  /** The maximum size of what a read returns, in bytes; 20,000 devices need about 10 MiB. @default 67_108_864 */
  readonly maxBodyBytes?: number | undefined;
}

// A long list takes the backend longer than storing values.
const READ_TIMEOUT_FACTOR = 3;

const PROBE_TIMEOUT_MS = 5000;

// The longest pause that a read waits for. A longer one would leave the bot without an explanation for minutes.
const MAX_PAUSE_MS = 10_000;

// Failures that may pass.
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * An HTTP client for one Grafolean backend with one bot token.
 *
 * Every request carries the token as a query parameter, the only form in which Grafolean accepts it from a bot. It is
 * redacted from everything that comes back: errors, their causes and stacks.
 */
export class GrafoleanClient implements Disposable {
  /** The base URL, without a trailing slash. */
  readonly backendUrl: string;
  /** The bot token. */
  readonly token: BotToken;
  readonly #connections = new Connections();
  readonly #reachable = new Listeners();
  readonly #readPause = new RetryPause();
  readonly #probePause = new RetryPause();
  readonly #sendOptions: SendRequestOptions;
  readonly #limiter: Limiter;
  readonly #maxAttempts: number;
  readonly #retryDelayMs: number;

  /**
   * Constructs a new instance; nothing is sent yet.
   *
   * @throws {TypeError} If the URL or the token is not valid.
   * @throws {RangeError} If `maxConcurrentRequests` is not a whole number above 0.
   */
  constructor(backendUrl: string, token: BotToken | string, options: GrafoleanClientOptions = {}) {
    this.backendUrl = normalizeBackendUrl(backendUrl);
    this.token = typeof token === "string" ? new BotToken(token) : token;
    this.#sendOptions = {
      transport: options.fetch === undefined ? this.#connections : { fetch: options.fetch },
      timeoutMs: options.timeoutMs ?? 10_000,
      maxBodyBytes: options.maxBodyBytes ?? 64 * 2 ** 20,
    };
    this.#limiter = new Limiter(options.maxConcurrentRequests ?? 3);
    this.#maxAttempts = options.maxAttempts ?? 3;
    this.#retryDelayMs = options.retryDelayMs ?? 500;
  }

  /**
   * Sends a request once, as soon as the limit of concurrent requests allows, and returns the answer, whatever its status.
   *
   * @throws {GrafoleanError} If there is no complete answer, or none in time.
   * @throws {ConfigError} If Deno does not permit the connection.
   * @throws The reason of `request.signal` if it aborts.
   */
  request(request: GrafoleanRequest): Promise<GrafoleanAnswer> {
    return this.#limiter.run(() => this.send(request), request.signal);
  }

  /** Like {@linkcode request}, but at once, for callers that have a limit of their own. */
  send(request: GrafoleanRequest): Promise<GrafoleanAnswer> {
    const { transport, timeoutMs, maxBodyBytes } = this.#sendOptions;
    return sendRequest(this, request, {
      transport,
      timeoutMs: request.timeoutMs ?? timeoutMs,
      maxBodyBytes: request.method === "GET" ? maxBodyBytes : MAX_SHORT_BODY_BYTES,
    });
  }

  /**
   * Asks once whether Grafolean is up and ready to take requests. Needs no login, and is not limited. While a
   * `Retry-After` of the last answer forbids it, nothing is sent.
   *
   * @returns Whether it answered so within 5 seconds.
   * @throws The reason of `signal` if it aborts.
   */
  async probe(signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.#probePause.leftMs > 0) return false;
    const { transport } = this.#sendOptions;
    const options = { transport, timeoutMs: PROBE_TIMEOUT_MS, signal };
    try {
      const { reason, answer } = await probeGrafolean(this.backendUrl, options);
      this.#probePause.extend(answer);
      return reason === undefined;
    } catch (error) {
      if (error instanceof ConfigError) return false;
      throw error;
    }
  }

  /**
   * Calls `listener` whenever a read has succeeded. For a new token, see {@linkcode BotToken.onReplaced}.
   *
   * @param listener Must not throw.
   * @returns Stops that.
   */
  onReachable(listener: () => void): () => void {
    return this.#reachable.add(listener);
  }

  /**
   * Reads a resource. Transient failures are retried. If the token is refused, it is read from its source again, and a
   * new one is tried once.
   *
   * After an answer with `Retry-After` no resource is read before that time: reads wait for up to 10 seconds, and fail if
   * it takes longer.
   *
   * @param path The path after the base URL, such as `/profile`.
   * @returns The parsed JSON, not validated.
   * @throws {GrafoleanError} If the last attempt failed, was refused, or returned no JSON.
   */
  async getJson(path: string, signal?: AbortSignal): Promise<unknown> {
    const timeoutMs = this.#sendOptions.timeoutMs * READ_TIMEOUT_FACTOR;
    const request: GrafoleanRequest = { method: "GET", path, signal, timeoutMs };
    try {
      const json = await retry(() => this.#read(request), {
        maxAttempts: this.#maxAttempts,
        minTimeout: this.#retryDelayMs,
        isRetriable: (error) =>
          error instanceof GrafoleanError && this.#readPause.leftMs <= MAX_PAUSE_MS &&
          (error.status === undefined || TRANSIENT_STATUSES.has(error.status)),
        ...(signal ? { signal } : {}),
      });
      this.#reachable.notify();
      return json;
    } catch (error) {
      throw error instanceof RetryError ? error.cause : error;
    }
  }

  /**
   * Reads and validates a resource.
   *
   * @param path The path after the base URL, such as `/profile`.
   * @param read Converts the parsed JSON, or throws a {@linkcode WireError}.
   * @throws {GrafoleanError} Like {@linkcode getJson}, and if `read` throws a {@linkcode WireError}.
   */
  async get<T>(path: string, read: (json: unknown) => T, signal?: AbortSignal): Promise<T> {
    const json = await this.getJson(path, signal);
    try {
      return read(json);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const request = { method: "GET", path } as const;
      throw requestError(this, request, `returned ${error.message}`, {
        answer: { status: 200 },
        cause: error,
      });
    }
  }

  async #read(request: GrafoleanRequest): Promise<unknown> {
    await this.#waitToRead(request);
    const token = this.token.value;
    let answer = await this.request(request);
    if (answer.status === 401) {
      await this.token.reread();
      // A concurrent request may have reloaded it already.
      if (this.token.value !== token) answer = await this.request(request);
    }
    if (TRANSIENT_STATUSES.has(answer.status)) this.#readPause.extend(answer);
    return this.parse(request, answer);
  }

  async #waitToRead(request: GrafoleanRequest): Promise<void> {
    const { leftMs } = this.#readPause;
    if (leftMs > MAX_PAUSE_MS) {
      const wait = `asks to wait for another ${Math.ceil(leftMs / 1000)} s`;
      throw requestError(this, request, wait);
    }
    const { signal } = request;
    if (leftMs > 0) await delay(leftMs, signal ? { signal } : {});
  }

  /**
   * Sends JSON, once.
   *
   * @returns The parsed JSON of the answer, or `undefined` if it has no body.
   * @throws {GrafoleanError} If the request was refused or there was no answer.
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
   * Parses the JSON of an answer.
   *
   * @throws {GrafoleanError} If the status is outside 200 to 299, or the body is not JSON.
   */
  parse(request: GrafoleanRequest, answer: GrafoleanAnswer): unknown {
    return parseAnswer(this, request, answer);
  }

  /** Creates the error for an answer with a status outside 200 to 299. */
  statusError(request: GrafoleanRequest, answer: GrafoleanAnswer): GrafoleanError {
    return statusError(this, request, answer);
  }

  /** Closes the idle connections. A later request opens new ones. */
  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]();
  }
}
