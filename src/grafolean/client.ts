import { retry, RetryError } from "@std/async/retry";
import { normalizeBackendUrl } from "./backend_url.ts";
import { BotToken } from "./bot_token.ts";
import { exchange, type ExchangeOptions } from "./exchange.ts";
import { failure, parseAnswer, refusal } from "./errors.ts";
import { WireError } from "./fields.ts";
import { GrafoleanError } from "../util/errors.ts";
import { Limiter } from "../util/limiter.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { isTransient } from "./retry_after.ts";

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
  /** How long the body of an answer may be, in bytes; 20,000 devices need about 10 MiB. @default 268_435_456 */
  readonly maxBodyBytes?: number | undefined;
}

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
  readonly #exchangeOptions: ExchangeOptions;
  readonly #limiter: Limiter;
  readonly #maxAttempts: number;
  readonly #retryDelayMs: number;

  /**
   * Makes a client; nothing is sent yet.
   *
   * @throws {TypeError} If the URL or the token cannot be used.
   * @throws {RangeError} If `maxConcurrentRequests` is not a whole number above 0.
   */
  constructor(backendUrl: string, token: BotToken | string, options: GrafoleanClientOptions = {}) {
    this.backendUrl = normalizeBackendUrl(backendUrl);
    this.token = typeof token === "string" ? new BotToken(token) : token;
    this.#exchangeOptions = {
      // Looked up at each request, so that a test may replace the global.
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      timeoutMs: options.timeoutMs ?? 10_000,
      maxBodyBytes: options.maxBodyBytes ?? 256 * 2 ** 20,
    };
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
    return this.inTurn((send) => send(request), request.signal);
  }

  /**
   * Waits for a turn among the requests of this client, for those that decide what to send only when they may.
   *
   * @param work Is given what {@linkcode request} would be, without the wait.
   */
  inTurn<T>(
    work: (send: (request: GrafoleanRequest) => Promise<GrafoleanAnswer>) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const options = this.#exchangeOptions;
    const send = (request: GrafoleanRequest) =>
      exchange(this, request, { ...options, timeoutMs: request.timeoutMs ?? options.timeoutMs });
    return this.#limiter.run(() => work(send), signal);
  }

  /**
   * Reads a resource. Failures that may pass are tried again a few times; reading does no harm. A token that is refused
   * is read again from where it came from, and if there is a new one, that is tried once.
   *
   * @param path The path after the base URL, such as `/profile`.
   * @returns The parsed JSON, whose form is not checked.
   * @throws {GrafoleanError} If the last try failed, was refused, or did not answer JSON.
   */
  async getJson(path: string, signal?: AbortSignal): Promise<unknown> {
    // A long list takes the backend longer to write than values take it to store.
    const timeoutMs = this.#exchangeOptions.timeoutMs * READ_PATIENCE;
    const request: GrafoleanRequest = { method: "GET", path, signal, timeoutMs };
    try {
      return await retry(() => this.#read(request), {
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
   * Reads a resource of a known form.
   *
   * @param path The path after the base URL, such as `/profile`.
   * @param read Makes of the parsed JSON what it should be, or throws a {@linkcode WireError}.
   * @throws {GrafoleanError} As {@linkcode getJson}, and if the JSON is not of that form.
   */
  async get<T>(path: string, read: (json: unknown) => T, signal?: AbortSignal): Promise<T> {
    const json = await this.getJson(path, signal);
    try {
      return read(json);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const request = { method: "GET", path } as const;
      throw failure(this, request, `answered ${error.message}`, {
        answer: { status: 200 },
        cause: error,
      });
    }
  }

  async #read(request: GrafoleanRequest): Promise<unknown> {
    const token = this.token.value;
    const answer = await this.request(request);
    if (answer.status === 401) {
      await this.token.reread();
      // Somebody else may have read it meanwhile.
      if (this.token.value !== token) return this.parse(request, await this.request(request));
    }
    return this.parse(request, answer);
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
    return parseAnswer(this, request, answer);
  }

  /** Makes the error for an answer that is not a success. */
  refusal(request: GrafoleanRequest, answer: GrafoleanAnswer): GrafoleanError {
    return refusal(this, request, answer);
  }
}
