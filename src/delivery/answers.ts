import { ConfigError } from "../util/errors.ts";
import type { GrafoleanAnswer } from "../grafolean/request.ts";

/**
 * What is known about the values of a request after its answer, or after there was none:
 *
 * - `stored`: Grafolean has them.
 * - `refused`: Grafolean names what is wrong with one of them; it stored none, or those before it.
 * - `ambiguous`: one of the values or the backend is at fault, nobody knows which; some may be stored.
 * - `unavailable`: the backend cannot be reached for now; they may be stored.
 * - `too-large`: a proxy refuses the size of the request.
 * - `denied`: the bot may not do this; nothing was stored.
 * - `unexpected`: not an answer of Grafolean.
 */
export type Verdict =
  | { readonly kind: "stored" }
  | {
    readonly kind: "refused";
    readonly reason: string;
    /** The path at fault, if the answer names it. */
    readonly path?: string;
  }
  | { readonly kind: "ambiguous"; readonly retryAfterMs?: number }
  | {
    readonly kind: "unavailable";
    readonly retryAfterMs?: number;
    /** Whether the first retry needs no pause. */
    readonly isBrief?: boolean;
    /** Whether it took too long, so that fewer values in a request may help. */
    readonly isTimeout?: boolean;
  }
  | { readonly kind: "too-large" }
  | { readonly kind: "denied"; readonly status: 401 | 403 }
  | { readonly kind: "unexpected" };

// In characters.
const REASON_LENGTH = 300;

// What Grafolean answers if it has looked at the values. All other texts with a status of 400 come from proxies, from
// other servers, or from two requests that create the same path at once.
const VALIDATION = "Input validation failed: ";
const PATH = /^Input validation failed: Invalid PathInputValue format: (\S+)/;

/** Interprets the answer to a POST or PUT of values. */
export function interpretAnswer({ status, body, retryAfterMs }: GrafoleanAnswer): Verdict {
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (status) {
    case 204: // Not 200, with which login pages of proxies come.
      return { kind: "stored" };
    case 400: {
      if (!body.startsWith(VALIDATION)) return { kind: "ambiguous", ...retryAfter };
      const reason = body.trim().slice(0, REASON_LENGTH);
      const path = PATH.exec(body)?.[1];
      return { kind: "refused", reason, ...(path === undefined ? {} : { path }) };
    }
    case 401:
    case 403:
      return { kind: "denied", status };
    case 413:
      return { kind: "too-large" };
    case 408:
    case 504:
      return { kind: "unavailable", ...retryAfter, isTimeout: true };
    case 425:
    case 429:
    case 502:
    case 503:
      return { kind: "unavailable", ...retryAfter };
    case 500:
      // The database did not answer, so nothing was processed. After a restart of the database each worker of the backend
      // answers so once, and the next request is fine.
      return body.startsWith("Could not validate access")
        ? { kind: "unavailable", ...retryAfter, isBrief: true }
        : { kind: "ambiguous", ...retryAfter };
    default:
      return { kind: "unexpected" };
  }
}

/** Interprets the error of a request without an answer. */
export function interpretError(error: unknown): Verdict {
  // The runtime forbids the connection.
  if (error instanceof ConfigError) return { kind: "unexpected" };
  const cause = error instanceof Error ? error.cause : undefined;
  const isTimeout = cause instanceof Error && cause.name === "TimeoutError";
  return { kind: "unavailable", ...(isTimeout && { isTimeout }) };
}
