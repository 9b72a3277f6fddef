import type { BotToken } from "./bot_token.ts";

/** A Grafolean backend, and the bot that sends requests to it. */
export interface Backend {
  /** The base URL, without a trailing slash. */
  readonly backendUrl: string;
  /** The bot token; left out for requests that need no login. */
  readonly token?: BotToken | undefined;
}

/** A request to Grafolean. */
export interface GrafoleanRequest {
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The path after the base URL, with a leading slash. */
  readonly path: string;
  /** The body, as JSON text. */
  readonly body?: string;
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
  /** How long the request may take, in milliseconds. @default the timeout of the client */
  readonly timeoutMs?: number | undefined;
}

/** A complete answer of Grafolean, or of a proxy in between. */
export interface GrafoleanAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The body. If the answer is not a success, only its start, with the token redacted, because proxies repeat it. */
  readonly body: string;
  /** How long to wait before the next attempt, in milliseconds, up to 5 minutes, if the answer has a `Retry-After` header. */
  readonly retryAfterMs?: number;
  /** The target of a redirect, without its query. */
  readonly location?: string;
}
