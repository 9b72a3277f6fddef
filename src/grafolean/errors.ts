import { backendUrlHint } from "./backend_url.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest } from "./request.ts";
import { GrafoleanError } from "../util/errors.ts";
import { redact, redactError, redactStart } from "./redact.ts";

const BODY_KEPT = 500;
const REASON_SHOWN = 200;

/**
 * Makes the error for a request that failed.
 *
 * @param what The rest of a sentence that starts with "Grafolean at URL", without the token.
 */
export function failure(
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
      body: answer?.body === undefined ? undefined : redactStart(answer.body, BODY_KEPT, secrets),
      ...(cause === undefined ? {} : { cause: redactError(cause, secrets) }),
    },
  );
}

/** Makes the error for an answer that is not a success. */
export function refusal(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
): GrafoleanError {
  const what = `answered ${answer.status}: ${meaning(backend, request, answer)}`;
  return failure(backend, request, what, { answer });
}

/**
 * Reads the JSON of an answer.
 *
 * @returns The parsed JSON, or `undefined` where the answer is a success without a body.
 * @throws {GrafoleanError} If the answer is a refusal, a redirect, or no JSON.
 */
export function parseAnswer(
  backend: Backend,
  request: GrafoleanRequest,
  answer: GrafoleanAnswer,
): unknown {
  if (answer.status < 200 || answer.status > 299) throw refusal(backend, request, answer);
  if (answer.body === "") return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    const isBrokenJson = /^\s*[[{]/.test(answer.body);
    const what = isHtml(answer.body)
      ? "HTML"
      : isBrokenJson
      ? "JSON that is broken or cut off"
      : "something that is not JSON";
    const hint = backendUrlHint(backend.backendUrl);
    throw failure(
      backend,
      request,
      `answered ${answer.status} with ${what}: ${hint}, and look for a proxy in between`,
      // The start of a list of credentials is no text for a log.
      { answer: isBrokenJson ? { status: answer.status } : answer },
    );
  }
}

function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}

function meaning(
  { backendUrl, token }: Backend,
  { method, path }: GrafoleanRequest,
  { status, body, location = "nowhere" }: GrafoleanAnswer,
): string {
  if (status >= 300 && status < 400) {
    return `a redirect to ${location}; set the backend URL to where Grafolean really is`;
  }
  if (isHtml(body)) return `an HTML page of a proxy; ${backendUrlHint(backendUrl)}`;
  if (status === 401) {
    return token === undefined
      ? `it wants to know who asks; ${backendUrlHint(backendUrl)}`
      : "the bot token is not known (any more): check it on the bot's page in Grafolean";
  }
  if (status === 403) {
    const resource = path.replace(/^\/|\/?(?:\?.*)?$/g, "");
    return `this bot may not ${method} ${resource}: grant this bot ${method} on ${resource}`;
  }
  return redactStart(body.trim(), REASON_SHOWN, token?.secrets ?? []) || "no reason given";
}
