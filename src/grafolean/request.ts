import type { BotToken } from "./bot_token.ts";

/** A Grafolean, and who asks it. */
export interface Backend {
  /** The base URL, without a slash at its end. */
  readonly backendUrl: string;
  /** The bot that asks; nobody in particular where it is left out, which suffices for what Grafolean tells everybody. */
  readonly token?: BotToken | undefined;
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
  /** How long the request may take, in milliseconds, where it differs from the client's. */
  readonly timeoutMs?: number | undefined;
}

/** One answer, read to its end. */
export interface GrafoleanAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The body; where the answer is no success, its start without the token, which proxies like to repeat. */
  readonly body: string;
  /** How long to wait before the next try, in milliseconds, where the answer says so. */
  readonly retryAfterMs?: number;
  /** Where a redirect points to, without the token. */
  readonly location?: string;
}
