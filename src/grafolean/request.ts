import type { BotToken } from "./bot_token.ts";

/** A Grafolean backend, and who sends requests to it: a bot, a person, or for requests that need no login, nobody. */
export interface Backend {
  /** The base URL, without a trailing slash. */
  readonly backendUrl: string;
  /** The bot token. */
  readonly token?: BotToken | undefined;
  /** The person. There must be no token, because Grafolean would ignore it. */
  readonly person?: Person | undefined;
}

/** A person who sends requests to Grafolean. */
export interface Person {
  /** The `Authorization` header; `undefined` before the login. */
  readonly authorization: string | undefined;
  /** All headers so far, none of which may be shown. */
  readonly secrets: readonly string[];
}

/** Everything that no message about a request may show. */
export function secretsOf({ token, person }: Backend): readonly string[] {
  return [...token?.secrets ?? [], ...person?.secrets ?? []];
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
  /** The `Authorization` header of a person who has just logged in. */
  readonly authorization?: string;
}
