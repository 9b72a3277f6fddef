/** A server that repeats the URL of every request, in every way in which a backend or proxy may do that. */

import type net from "node:net";
import { type Listener, listenRaw } from "../grafolean/listeners.ts";

type Answer = (url: string) => string;

const page = (status: string, body: string, headers = ""): string =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${
    new TextEncoder().encode(body).length
  }\r\nconnection: close\r\n${headers}\r\n${body}`;

/** The answers by name, which is the first segment of the path. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  html: (url) => page("502 Bad Gateway", `<html><a href="${url}">cannot reach ${url}</a></html>`),
  html200: (url) => page("200 OK", `<html>Please log in to see ${url}</html>`),
  text400: (url) => page("400 Bad Request", `Invalid input format: ${url} ${url}`),
  json400: (url) => page("400 Bad Request", JSON.stringify({ detail: `no ${url}` })),
  long400: (url) => page("400 Bad Request", "x".repeat(270) + url + url.toUpperCase()),
  text401: (url) => page("401 Unauthorized", `Access denied: ${url}`),
  text403: (url) => page("403 Forbidden", `Access to ${url} denied`),
  text404: (url) => page("404 Not Found", `No such page: ${encodeURIComponent(url)}`),
  text500: (url) => page("500 Internal Server Error", `Traceback of ${url}`),
  access500: (url) => page("500 Internal Server Error", `Could not validate access ${url}`),
  text503: (url) => page("503 Service Unavailable", `Try ${url} later`),
  json: (url) => page("200 OK", JSON.stringify({ list: [{ id: 1, name: url }], user_id: url })),
  names: (url) => page("200 OK", JSON.stringify({ user_id: 1, list: [{ id: 5, name: url }] })),
  broken: (url) => page("200 OK", `{"list": [{"name": "${url}`),
  number: (url) => page("200 OK", JSON.stringify(url)),
  redirect: (url) =>
    page(
      "302 Found",
      "",
      `location: http://127.0.0.1:9/login${url}&next=${encodeURIComponent(url)}\r\n`,
    ),
  redirectPath: (url) =>
    page("307 Temporary Redirect", url, `location: /${url.split("=")[1]}/\r\n`),
  retry: (url) => page("429 Too Many Requests", url, `retry-after: ${url}\r\n`),
  cut: (url) => `HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{"list": "${url}`,
  noHttp: (url) => `What is ${url}?\r\n\r\n`,
  header: (url) => `HTTP/1.1 200 OK\r\n${url}: a\r\n\r\n`,
  status: (url) => `HTTP/1.1 2oo ${url}\r\n\r\n`,
  length: (url) => `HTTP/1.1 200 OK\r\ncontent-length: ${url}\r\n\r\n`,
  gzip: (url) => page("200 OK", url, "content-encoding: gzip\r\n"),
  reset: () => "",
};

/** The names of all answers. */
export const WAYS: readonly string[] = Object.keys(ANSWERS);

/** Starts the server. */
export function listenHostile(): Promise<Listener> {
  return listenRaw((request: string, socket: net.Socket) => {
    const url = /^\S+ (\S+)/.exec(request)?.[1] ?? "";
    const way = url.split("/")[1] ?? "";
    socket.end(ANSWERS[way]?.(url) ?? page("404 Not Found", url));
  });
}
