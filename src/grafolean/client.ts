import { delay } from "@std/async/delay";
import { retry, RetryError } from "@std/async/retry";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import type { Observers } from "../util/observers.ts";
import { normalizeBackendUrl } from "./backend_url.ts";
import { BotToken } from "./bot_token.ts";
import { Connections } from "./connections.ts";
import { readAnswer, type ReadBody, readBody, requestError, statusError } from "./errors.ts";
import { type ListOptions, type LongList, readLongList } from "./long_list.ts";
import { parseBody } from "./fields.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import type { RequestObserver } from "./request_observer.ts";
import { sendRequest } from "./send_request.ts";
import { probeGrafolean } from "./wait_for_grafolean.ts";

/** Options for {@linkcode GrafoleanClient}. */
export interface GrafoleanClientOptions {
  /** The `fetch` to use. @default globalThis.fetch, over HTTP/1.1 */
  readonly fetch?: typeof fetch | undefined;
  /** How long one request may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** How many times a read is attempted before it fails. @default 3 */
  readonly maxAttempts?: number | undefined;
  /** The first wait between two attempts, in milliseconds; it doubles each time. @default 500 */
  readonly retryDelayMs?: number | undefined;
  /** Those who observe the requests. @default nobody */
  readonly observers?: Observers<RequestObserver> | undefined;
}

// The backend uses up to four database connections per request, and answers 500 when its pool of 20 is exhausted.
const MAX_REQUESTS = 3;

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
  readonly #connections: Connections;
  readonly #timeoutMs: number;
  readonly #maxAttempts: number;
  readonly #retryDelayMs: number;
  readonly #observers: Observers<RequestObserver> | undefined;
  readonly #limiter = new Limiter(MAX_REQUESTS);
  readonly #listeners = new Set<() => void>();
  #reads = 0;
  /** Until when `Retry-After` forbids reads, in milliseconds on the monotonic clock. */
  #readAt = 0;
  /** The same for probes. */
  #probeAt = 0;

  /**
   * Constructs a new instance; nothing is sent yet.
   *
   * @throws {TypeError} If the URL or the token is not valid.
   */
  constructor(backendUrl: string, token: BotToken | string, options: GrafoleanClientOptions = {}) {
    this.backendUrl = normalizeBackendUrl(backendUrl);
    this.token = typeof token === "string" ? new BotToken(token) : token;
    this.#connections = new Connections(options.fetch);
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#maxAttempts = options.maxAttempts ?? 3;
    this.#retryDelayMs = options.retryDelayMs ?? 500;
    this.#observers = options.observers;
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
    const { timeoutMs = this.#timeoutMs } = request;
    return sendRequest(this, request, {
      connections: this.#connections,
      observers: this.#observers,
      timeoutMs,
    });
  }

  /**
   * Asks once whether Grafolean is up and ready to take requests. Needs no login, and is not limited. While a
   * `Retry-After` of the last answer forbids it, nothing is sent.
   *
   * @returns Whether it answered so within 5 seconds.
   * @throws {ConfigError} If Deno does not permit the connection.
   * @throws The reason of `signal` if it aborts.
   */
  async probe(signal?: AbortSignal): Promise<boolean> {
    if (performance.now() < this.#probeAt) return false;
    const options = {
      connections: this.#connections,
      observers: this.#observers,
      timeoutMs: PROBE_TIMEOUT_MS,
      signal,
    };
    const { error, retryAfterMs = 0 } = await probeGrafolean(this.backendUrl, options);
    this.#probeAt = performance.now() + retryAfterMs;
    return error === undefined;
  }

  /** Whether a read is under way. */
  get isReading(): boolean {
    return this.#reads > 0;
  }

  /**
   * Calls `listener` whenever a read has succeeded.
   *
   * @param listener Must not throw.
   * @returns Stops that.
   */
  onReachable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads and validates a resource. Transient failures are retried. If the token is refused, it is read from its source
   * again, and a new one is tried once.
   *
   * After a failure with `Retry-After` no resource is read before that time: reads wait for up to 10 seconds, and fail if
   * it takes longer.
   *
   * @param path The path after the base URL, such as `/profile`.
   * @param read Converts the parsed JSON, or throws a {@linkcode WireError}.
   * @throws {GrafoleanError} If the last attempt failed, was refused, or returned something else.
   */
  get<T>(path: string, read: (json: unknown) => T, signal?: AbortSignal): Promise<T> {
    return this.#get(path, (body) => read(parseBody(body)), signal);
  }

  /** Does the same with a list that may be long; see {@linkcode readLongList}. */
  getList<T extends { readonly id: number }>(
    path: string,
    options: ListOptions<T>,
    signal?: AbortSignal,
  ): Promise<LongList<T>> {
    return this.#get(path, (body) => readLongList(body, options, signal), signal);
  }

  async #get<T>(path: string, read: ReadBody<T>, signal: AbortSignal | undefined): Promise<T> {
    const timeoutMs = this.#timeoutMs * READ_TIMEOUT_FACTOR;
    const request: GrafoleanRequest = { method: "GET", path, signal, timeoutMs };
    this.#reads++;
    try {
      const result = await retry(() => this.#read(request, read), {
        maxAttempts: this.#maxAttempts,
        minTimeout: this.#retryDelayMs,
        isRetriable: (error) =>
          error instanceof GrafoleanError && this.#readAt - performance.now() <= MAX_PAUSE_MS &&
          (error.status === undefined || TRANSIENT_STATUSES.has(error.status)),
        ...(signal ? { signal } : {}),
      });
      for (const listener of this.#listeners) listener();
      return result;
    } catch (error) {
      throw error instanceof RetryError ? error.cause : error;
    } finally {
      this.#reads--;
    }
  }

  async #read<T>(request: GrafoleanRequest, read: ReadBody<T>): Promise<T> {
    const { signal } = request;
    const pauseMs = this.#readAt - performance.now();
    if (pauseMs > MAX_PAUSE_MS) {
      const wait = `asks to wait for another ${Math.ceil(pauseMs / 1000)} s`;
      throw requestError(this, request, wait);
    }
    if (pauseMs > 0) await delay(pauseMs, signal ? { signal } : {});
    const token = this.token.value;
    let answer = await this.request(request);
    if (answer.status === 401) {
      await this.token.reread();
      // A concurrent request may have reloaded it already.
      if (this.token.value !== token) answer = await this.request(request);
    }
    const { status, retryAfterMs = 0 } = answer;
    if (TRANSIENT_STATUSES.has(status)) {
      this.#readAt = Math.max(this.#readAt, performance.now() + retryAfterMs);
    }
    return readBody(this, request, answer, read);
  }

  /**
   * Sends JSON, once.
   *
   * @param read Converts the parsed JSON of the answer, `undefined` if it has no body, or throws a {@linkcode WireError}.
   * @throws {GrafoleanError} If the request was refused, there was no answer, or one that cannot be read.
   */
  async sendJson<T = void>(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    value?: unknown,
    signal?: AbortSignal,
    read: (json: unknown) => T = () => undefined as T,
  ): Promise<T> {
    const body = value === undefined ? {} : { body: JSON.stringify(value) };
    const request: GrafoleanRequest = { method, path, signal, ...body };
    return readAnswer(this, request, await this.request(request), read);
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
