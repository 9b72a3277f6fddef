import { retry, RetryError } from "@std/async/retry";
import { BotToken } from "../grafolean/bot_token.ts";
import type { Connections } from "../grafolean/connections.ts";
import { readAnswer, requestError } from "../grafolean/errors.ts";
import { redact } from "../grafolean/redact.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest } from "../grafolean/request.ts";
import { sendRequest } from "../grafolean/send_request.ts";
import { GrafoleanError } from "../util/errors.ts";
import { explainRefusal } from "./explain_refusal.ts";

// Creating an account or a login takes Grafolean well under a second.
const TIMEOUT_MS = 30_000;

// Grafolean closes a connection that was idle for 5 s. While a question waits for its answer Deno does not notice, and a POST
// on a closed connection fails.
const MAX_IDLE_MS = 2000;

interface SessionOptions {
  /** The base URL, without a trailing slash. */
  readonly backendUrl: string;
  readonly username: string;
  readonly password: string;
  /** What no message may show of what is sent: the password and secret fields. Grows while the user enters them. */
  readonly secrets: ReadonlySet<string>;
  /** The connections to use. */
  readonly connections: Connections;
  /** Cancels the requests. */
  readonly signal: AbortSignal;
}

/**
 * The requests of a person who is logged in. All of them throw a {@linkcode GrafoleanError} that says why Grafolean refused
 * and what to do. Only reads are repeated, as Grafolean would create most things twice; the next setup finds what was
 * stored.
 */
export class Session {
  readonly #options: SessionOptions;
  /** All headers so far. */
  readonly #headers = new Set<string>();
  #authorization: string | undefined;
  /** When the last request ended, in milliseconds on the monotonic clock. */
  #idleSince = -Infinity;

  /** Constructs a new instance; nothing is sent yet. */
  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The base URL. */
  get backendUrl(): string {
    return this.#options.backendUrl;
  }

  /** Logs in. */
  async login(): Promise<void> {
    const { username, password } = this.#options;
    const body = JSON.stringify({ username, password });
    const request: GrafoleanRequest = { method: "POST", path: "/auth/login", body };
    this.#authorization = undefined;
    const answer = await this.#send(this.#backend, request);
    await readOrExplain(this.#backend, request, answer, () => {});
    const { authorization } = answer;
    if (authorization === undefined) {
      const what =
        "accepted the login but sent no X-JWT-Token header: check for a proxy that removes it";
      throw requestError(this.#backend, request, what, { answer: { status: answer.status } });
    }
    this.#authorization = authorization;
    this.#headers.add(authorization).add(authorization.replace(/^Bearer /, ""));
  }

  /** Reads a resource. `read` may throw a {@linkcode WireError}. */
  get<T>(path: string, read: (json: unknown) => T): Promise<T> {
    return repeated(() => this.#request({ method: "GET", path }, read));
  }

  /** Reads by a POST that changes nothing. */
  query<T>(path: string, value: unknown, read: (json: unknown) => T): Promise<T> {
    return repeated(() => this.post(path, value, read));
  }

  /** Creates something, and reads the answer. */
  post<T>(path: string, value: unknown, read: (json: unknown) => T): Promise<T> {
    return this.#request({ method: "POST", path, body: JSON.stringify(value) }, read);
  }

  /** Replaces something. */
  put(path: string, value: unknown): Promise<void> {
    return this.#request({ method: "PUT", path, body: JSON.stringify(value) }, () => {});
  }

  /**
   * Reads a resource as a bot.
   *
   * @returns `undefined` if Grafolean does not know the token.
   */
  async getAsBot<T>(
    token: string,
    path: string,
    read: (json: unknown) => T,
  ): Promise<T | undefined> {
    const backend: Backend = { backendUrl: this.backendUrl, token: new BotToken(token) };
    const request: GrafoleanRequest = { method: "GET", path };
    return await repeated(async () => {
      const answer = await this.#send(backend, request);
      return answer.status === 401 ? undefined : readAnswer(backend, request, answer, read);
    });
  }

  async #request<T>(request: GrafoleanRequest, read: (json: unknown) => T): Promise<T> {
    let answer = await this.#send(this.#backend, request);
    if (answer.status === 401) {
      // A session ends after 10 minutes, and somebody may have thought about a question for longer. Nothing was processed.
      await this.login();
      answer = await this.#send(this.#backend, request);
    }
    return readOrExplain(this.#backend, request, answer, read);
  }

  async #send(backend: Backend, request: GrafoleanRequest): Promise<GrafoleanAnswer> {
    const { connections, signal, secrets } = this.#options;
    if (performance.now() - this.#idleSince > MAX_IDLE_MS) connections[Symbol.dispose]();
    const options = { connections, timeoutMs: TIMEOUT_MS };
    const answer = await sendRequest(backend, { ...request, signal }, options);
    this.#idleSince = performance.now();
    if (answer.status < 300) return answer;
    // Where a failure may repeat what was sent. Elsewhere a secret such as "admin" would be an ordinary word.
    const sent = [...secrets].filter((secret) => request.body?.includes(JSON.stringify(secret)));
    const body = redact(answer.body, sent);
    // JSON and HTML write quotes, backslashes and umlauts in many ways.
    const isRepeated = sent.some((secret) => lettersOf(body).includes(lettersOf(secret)));
    return { ...answer, body: isRepeated ? "(hidden, as it may repeat a secret)" : body };
  }

  get #backend(): Backend {
    const person = { authorization: this.#authorization, secrets: [...this.#headers] };
    return { backendUrl: this.backendUrl, person };
  }
}

/** Reads again what got no answer. */
async function repeated<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await retry(read, {
      maxAttempts: 3,
      minTimeout: 500,
      isRetriable: (error) =>
        error instanceof GrafoleanError && (error.status === undefined || error.status > 501),
    });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

/** Leaves only what no encoding changes. */
function lettersOf(text: string): string {
  return text.replace(/\\u[\da-f]{4}|&#?\w+;|%(?:25)*[\da-f]{2}|[^a-z\d]/gi, "");
}

/** Whether an error is the answer that Grafolean gives, among others, for a name that is taken. */
export function isServerError(error: unknown): boolean {
  return error instanceof GrafoleanError && error.status === 500 &&
    error.body?.trim() === "Internal Server Error";
}

async function readOrExplain<T>(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
  read: (json: unknown) => T,
): Promise<T> {
  const reason = explainRefusal(request, answer);
  if (reason !== undefined) {
    throw requestError(backend, request, `answered ${answer.status}: ${reason}`, { answer });
  }
  return await readAnswer(backend, request, answer, read);
}
