import { GrafoleanError } from "../util/errors.ts";
import { backendUrlHint } from "./backend_url.ts";
import { explainAnswer, isHtml } from "./explain_answer.ts";
import { redact, redactError, redactStart } from "./redact.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest } from "./request.ts";

// In characters.
const MAX_BODY_LENGTH = 500;

/**
 * Creates the error for a failed request.
 *
 * @param what The rest of a sentence that starts with "Grafolean at URL".
 */
export function requestError(
  backend: Backend,
  request: Pick<GrafoleanRequest, "method" | "path">,
  what: string,
  details: {
    readonly answer?: { readonly status: number; readonly body?: string };
    readonly cause?: unknown;
  } = {},
): GrafoleanError {
  const { backendUrl, token } = backend;
  const { method, path } = request;
  const { answer, cause } = details;
  const secrets = token?.secrets ?? [];
  return new GrafoleanError(
    redact(`Grafolean at ${backendUrl} ${what} (${method} ${path})`, secrets),
    {
      method,
      url: redact(backendUrl + path, secrets) + (token === undefined ? "" : "?b=***"),
      status: answer?.status,
      body: answer?.body === undefined
        ? undefined
        : redactStart(answer.body, MAX_BODY_LENGTH, secrets),
      ...(cause === undefined ? {} : { cause: redactError(cause, secrets) }),
    },
  );
}

/** Creates the error for an answer with a status outside 200 to 299. */
export function statusError(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
): GrafoleanError {
  const what = `answered ${answer.status}: ${explainAnswer(backend, request, answer)}`;
  return requestError(backend, request, what, { answer });
}

/**
 * Parses the JSON of an answer.
 *
 * @returns The parsed JSON, or `undefined` if the answer is a success without a body.
 * @throws {GrafoleanError} If the status is outside 200 to 299, or the body is not JSON.
 */
export function parseAnswer(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
): unknown {
  if (answer.status < 200 || answer.status > 299) throw statusError(backend, request, answer);
  if (answer.body === "") return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    const isBrokenJson = /^\s*[[{]/.test(answer.body);
    const what = isHtml(answer.body)
      ? "HTML"
      : isBrokenJson
      ? "broken or truncated JSON"
      : "something that is not JSON";
    const hint = backendUrlHint(backend.backendUrl);
    throw requestError(
      backend,
      request,
      `answered ${answer.status} with ${what}: ${hint}, and check for a proxy in between`,
      // It may be the start of a list of credentials.
      { answer: isBrokenJson ? { status: answer.status } : answer },
    );
  }
}
