/** Servers on real ports, for tests of what goes over the wire. */

import http from "node:http";
import https from "node:https";
import net from "node:net";

/** A server on a free port. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
}

type Handle = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** Listens for HTTP requests. */
export function listenHttp(handle: Handle): Promise<Listener> {
  return listen(http.createServer(handle));
}

/** Listens for HTTPS requests with this certificate. */
export function listenHttps(cert: string, key: string, handle: Handle): Promise<Listener> {
  return listen(https.createServer({ cert, key }, handle));
}

/** Listens as a forward proxy, which answers `CONNECT` with the status that `connect` returns. */
export function listenProxy(handle: Handle, connect: () => number): Promise<Listener> {
  const server = http.createServer(handle);
  server.on("connect", (_request, socket) => {
    socket.on("error", () => {});
    socket.end(`HTTP/1.1 ${connect()} No\r\ncontent-length: 0\r\n\r\n`);
  });
  return listen(server);
}

async function listen(server: http.Server): Promise<Listener> {
  const port = await portOf(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Listens for TCP connections, and passes each complete HTTP request to `handle` as text. */
export async function listenRaw(
  handle: (request: string, socket: net.Socket) => void,
): Promise<Listener> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      text += bytes.toString();
      if (!isComplete(text)) return;
      const request = text;
      text = "";
      handle(request, socket);
    });
  });
  const port = await portOf(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function portOf(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("Cannot find the port");
  return address.port;
}

function isComplete(request: string): boolean {
  const end = request.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = request.slice(0, end).toLowerCase();
  const body = request.slice(end + 4);
  if (head.includes("transfer-encoding: chunked")) return body.endsWith("0\r\n\r\n");
  const length = /content-length: (\d+)/.exec(head)?.[1];
  return body.length >= Number(length ?? 0);
}
