import type { Action } from "./front.ts";

const html = "<html><body><h1>Bad gateway</h1></body></html>";
const internal = { status: 500, body: "Internal Server Error" };
const retryAfter = { "retry-after": "1" };

/** What can happen to any request with values, whatever is in it. After it, nothing may be lost. */
export const FAULT_KINDS: Readonly<Record<string, Action>> = {
  "silent, nothing stored": { stall: "silent" },
  "silent, but stored": { stall: "silent", processed: true },
  "stalls in the head, stored": { stall: "mid-head", processed: true },
  "stalls in the body": { stall: "mid-body" },
  "stalls in the body, stored": { stall: "mid-body", processed: true },
  "reset before the body was read": { reset: "before-body" },
  "reset after the body, nothing stored": { reset: "after-body" },
  "reset after the body, stored": { reset: "after-body", processed: true },
  "reset in the answer, stored": { reset: "mid-answer", processed: true },
  "500": internal,
  "500 in HTML": { status: 500, body: html },
  "500, but stored": { ...internal, processed: true },
  "500 with Retry-After": { ...internal, headers: retryAfter },
  "500 before anything was done": { status: 500, body: "Could not validate access" },
  "429": { status: 429, body: html },
  "429 with Retry-After": { status: 429, body: html, headers: retryAfter },
  "502": { status: 502, body: html },
  "502 with Retry-After": { status: 502, body: html, headers: retryAfter },
  "502, but stored": { status: 502, body: html, processed: true },
  "503": { status: 503, body: html },
  "503 with Retry-After": { status: 503, body: html, headers: retryAfter },
  "503 with Retry-After: 0": { status: 503, headers: { "retry-after": "0" } },
  "504": { status: 504, body: html },
  "504 with Retry-After": { status: 504, body: html, headers: retryAfter },
  "408": { status: 408 },
  "425": { status: 425 },
  "401": { status: 401, body: "Access denied" },
  "401 of a proxy": { status: 401, body: html },
  "403": { status: 403, body: "Access to resource denied, insufficient permissions" },
  "400 of a proxy": { status: 400, body: html },
  "400 of a port with TLS": {
    status: 400,
    body: "Client sent an HTTP request to an HTTPS server.\n",
  },
  "400 without a body": { status: 400 },
  "400 of a race": { status: 400, body: '{"detail":"Invalid input format"}' },
  "404 of a proxy": { status: 404, body: html },
  "413": { status: 413, body: html },
  "200 with a login page": { status: 200, body: html },
  "a redirect": { status: 302, headers: { location: "http://127.0.0.1:1/login" } },
};

/** Whether every client waits for its timeout. */
export function isSlow(action: Action): boolean {
  return typeof action === "object" && "stall" in action;
}

/** Whether the connection breaks before it is known what is in the request. */
export function isEarly(action: Action): boolean {
  return typeof action === "object" && "reset" in action && action.reset === "before-body";
}
