import { backendUrlHint } from "./backend_url.ts";
import { PROXY_LOGIN_REASON } from "./explain_failure.ts";
import { redactStart } from "./redact.ts";
import type { Backend, GrafoleanAnswer, GrafoleanRequest } from "./request.ts";

// In characters.
const MAX_REASON_LENGTH = 200;

// What a web server in front of Grafolean means, as Grafolean itself does not answer so.
const FRONT_STATUSES: Readonly<Record<number, string>> = {
  429: "takes no more requests for now",
  502: "cannot reach it: Grafolean is not up",
  503: "cannot reach it: Grafolean is not up or overloaded",
  504: "got no answer from it in time: Grafolean is overloaded or not up",
};

// "Please use HTTPS!", "The plain HTTP request was sent to HTTPS port", "Client sent an HTTP request to an HTTPS server.",
// "You're speaking plain HTTP to an SSL-enabled server port."
const WANTS_HTTPS = /(?:^|\s)(?:https|ssl|tls)(?:-enabled\b|[.!,]?(?:\s|$))|plain http/i;

/**
 * Explains an answer with a status outside 200 to 299: why it came, and what to do. Does not contain the token.
 */
export function explainAnswer(
  backend: Backend,
  request: Pick<GrafoleanRequest, "method" | "path">,
  answer: GrafoleanAnswer,
): string {
  const { retryAfterMs = 0 } = answer;
  const wait = Math.ceil(retryAfterMs / 1000);
  return reasonOf(backend, request, answer) + (wait > 0 ? `; it asks to wait for ${wait} s` : "");
}

function reasonOf(
  { backendUrl, token }: Backend,
  { method, path }: Pick<GrafoleanRequest, "method" | "path">,
  { status, body, location = "an unknown place", proxy = "in between" }: GrafoleanAnswer,
): string {
  if (status >= 300 && status < 400) {
    return `a redirect to ${location}; set the backend URL to the address of Grafolean itself`;
  }
  if (status === 407) return `the proxy ${proxy} refuses to pass it on: ${PROXY_LOGIN_REASON}`;
  const text = redactStart(textOf(body), MAX_REASON_LENGTH, token?.secrets ?? []);
  if (status === 400 && backendUrl.startsWith("http:") && WANTS_HTTPS.test(text)) {
    return `${text}: use https:// instead of http:// in the backend URL (BACKEND_URL)`;
  }
  const front = FRONT_STATUSES[status > 504 ? 502 : status];
  if (front !== undefined) return `the web server in front of Grafolean ${front}`;
  if (isHtml(body)) return `an HTML page of a proxy; ${backendUrlHint(backendUrl)}`;
  // Grafolean refuses nothing that needs no login.
  if (token === undefined) return `${text || "no reason given"}; ${backendUrlHint(backendUrl)}`;
  if (status === 401) return "unknown bot token: check it on the bot's page in Grafolean";
  if (status === 403) {
    const resource = path.replace(/^\/|\/?(?:\?.*)?$/g, "");
    return `this bot may not ${method} ${resource}: grant this bot ${method} on ${resource}`;
  }
  return text || "no reason given";
}

/** Whether a body is that of a web page. */
export function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}

/** The text of a body: of a web page, what it shows. */
function textOf(body: string): string {
  if (!isHtml(body)) return body.trim();
  const text = body
    .replace(/<(head|style|script)\b.*?<\/\1\s*>/gis, " ")
    .replace(/<[^>]*>/g, " ");
  return text.replace(/\s+/g, " ").trim();
}
