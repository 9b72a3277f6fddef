import type { GrafoleanAnswer } from "../grafolean/request.ts";

/**
 * What is known about the values of a request after its answer, or after there was none:
 *
 * - `stored`: the backend has them.
 * - `unavailable`: the backend, or the way to it, is out of order for now; it may or may not have stored them.
 * - `doubtful`: the backend choked, on a value or for a reason of its own; it may have stored some.
 * - `bad-request`: something among them is wrong, or another request has just created the same path.
 * - `too-large`: the body is too large for a proxy in between.
 * - `denied`: the bot may not do this; nothing was stored.
 * - `unexpected`: not an answer that Grafolean gives; nothing can be said.
 */
export type Verdict =
  | { readonly kind: "stored" }
  | {
    readonly kind: "unavailable";
    /** How long to wait, in milliseconds, where the backend asks for it. */
    readonly retryAfterMs?: number;
    /** Whether the first try again should come without a wait. */
    readonly atOnce?: boolean;
    /** Whether there was no answer in time: fewer values at once may help. */
    readonly timedOut?: boolean;
  }
  | {
    readonly kind: "doubtful";
    /** How long to wait, in milliseconds, where it was asked for. */
    readonly retryAfterMs?: number;
  }
  | { readonly kind: "bad-request"; readonly reason: string }
  | { readonly kind: "too-large" }
  | { readonly kind: "denied"; readonly status: 401 | 403 }
  | { readonly kind: "unexpected" };

// A proxy that asks for more is not right about a bot that should have polled hundreds of times by then.
const LONGEST_RETRY_AFTER_MS = 3_600_000;

const REASON_SHOWN = 300;

/** Judges the answer to a POST or PUT of values. */
export function judge(answer: GrafoleanAnswer): Verdict {
  const { status, body, retryAfterMs } = answer;
  switch (status) {
    case 204: // Nothing else will do: a proxy's login page comes with 200.
      return { kind: "stored" };
    case 400:
      // The backend gives its reasons as text or JSON. A proxy that is spoken to in the wrong way says so in HTML, and
      // knows nothing about values.
      return /^\s*</.test(body)
        ? { kind: "unexpected" }
        : { kind: "bad-request", reason: body.trim().slice(0, REASON_SHOWN) };
    case 401:
    case 403:
      return { kind: "denied", status };
    case 413:
      return { kind: "too-large" };
    case 408:
    case 425:
    case 429:
    case 502:
    case 503:
    case 504:
      return { kind: "unavailable", ...asked(retryAfterMs) };
    case 500:
      // The login could not be checked, so nothing was processed. After a restart of its database, each worker of the
      // backend answers so once, and the next request is fine.
      return body.startsWith("Could not validate access")
        ? { kind: "unavailable", ...asked(retryAfterMs), atOnce: true }
        : { kind: "doubtful", ...asked(retryAfterMs) };
    default:
      return { kind: "unexpected" };
  }
}

function asked(retryAfterMs: number | undefined): { readonly retryAfterMs?: number } {
  return retryAfterMs === undefined
    ? {}
    : { retryAfterMs: Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) };
}

/** Judges that there was no answer, from the error that says so. */
export function judgeError(error: unknown): Verdict {
  const cause = error instanceof Error ? error.cause : undefined;
  const timedOut = cause instanceof Error && cause.name === "TimeoutError";
  return timedOut ? { kind: "unavailable", timedOut } : { kind: "unavailable" };
}
