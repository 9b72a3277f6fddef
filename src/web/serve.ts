import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectionLimit } from "./connection_limit.ts";
import { answerWith, type Handler } from "./node_http.ts";

/** Where {@linkcode serve} listens. */
export interface ServeOptions {
  /** The port; 0 for any free one. */
  readonly port: number;
  /** The address or name of this machine. */
  readonly hostname: string;
}

/** A server that listens. */
export interface WebServer extends AsyncDisposable {
  /** Its address, such as `http://127.0.0.1:9464/`. */
  readonly url: string;
  /** Its port. */
  readonly port: number;
  /** Stops listening and ends all connections, event streams included. */
  close(): Promise<void>;
}

/** More than the headers of any browser, with the cookies of all that listens on this host. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than the interval at which a page or Prometheus usually asks again. */
const KEEP_ALIVE_MS = 20_000;

/**
 * Starts a server on Deno or Node. Importing this module costs some 50 ms on Deno, so do that only if it is needed.
 *
 * @throws {Error} If the port cannot be used; `code` says why, such as `EADDRINUSE`.
 */
export async function serve(handle: Handler, { port, hostname }: ServeOptions): Promise<WebServer> {
  const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS };
  const connections = new ConnectionLimit();
  const server = createServer(options, (request, response) => {
    connections.onRequest(request.socket, response);
    void answerWith(handle, request, response);
  });
  server.on("connection", (socket) => connections.add(socket));
  server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => {
    const status = code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : "400 Bad Request";
    if (!socket.writable) socket.destroy();
    else socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      // Such as too many open files: the server goes on.
      server.on("error", () => {});
      resolve();
    });
  });
  const actual = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      // The callback gets an error if the server is closed already, which is fine.
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${actual}/`,
    port: actual,
    close,
    [Symbol.asyncDispose]: close,
  };
}
