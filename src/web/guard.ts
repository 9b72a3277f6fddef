import { pageResponse } from "./page.ts";

/**
 * Protects a server on a loopback address from the pages that its user has open elsewhere: a name that somebody points
 * at 127.0.0.1 (DNS rebinding), and requests that another site makes.
 *
 * @returns The refusal; `undefined` if the request may be answered.
 */
export function refuseForeign(request: Request): Response | undefined {
  const { host, hostname } = new URL(request.url);
  if (!isLoopback(hostname)) {
    return refuse(`Cannot answer under the name "${hostname}": use 127.0.0.1 or localhost`);
  }
  const origin = request.headers.get("origin");
  if (origin !== null && !(URL.canParse(origin) && new URL(origin).host === host)) {
    return refuse(`Cannot answer a page of "${origin}"`);
  }
  if (request.headers.get("sec-fetch-site") === "cross-site" && !isNavigation(request)) {
    return refuse("Cannot answer a page of another site");
  }
  return undefined;
}

/**
 * Whether a host is this machine, and reached from nowhere else. Any port will do, since tunnels change it.
 *
 * @param hostname The host as in a `URL`.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}

/** Whether somebody follows a link to the page, which shows it to nobody but him. */
function isNavigation({ method, headers }: Request): boolean {
  return method === "GET" && headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
}

function refuse(reason: string): Response {
  return pageResponse(`${reason}\n`, "text", 403);
}
