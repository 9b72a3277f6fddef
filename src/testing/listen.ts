import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Outcome } from "./apply_fault.ts";
import type { Answer } from "./backend/answer.ts";
import { createExchange, type Exchange } from "./backend/exchange.ts";

/** Options for {@linkcode Sandbox.listen}. */
export interface ListenOptions {
  /** The port. @default 0, any free one */
  readonly port?: number;
  /** The address of this machine. @default "127.0.0.1" */
  readonly hostname?: string;
  /**
   * Serves a page at `/` that shows devices, live charts of the values, and switches for faults. It answers under names
   * of this machine only, such as `127.0.0.1`. @default false
   */
  readonly page?: boolean | SandboxPageOptions;
}

/** What the page of a sandbox shows besides. */
export interface SandboxPageOptions {
  /**
   * Serves the status page of a bot, which is shown beside the charts.
   *
   * @param request A GET or HEAD request.
   * @param path What it asks for, below the address of the status page, such as `"events"`.
   */
  readonly bot?: (request: Request, path: string) => Promise<Response>;
}

/** A sandbox that listens for HTTP requests. */
export interface SandboxServer extends AsyncDisposable {
  /** The `BACKEND_URL` for bots, such as `http://127.0.0.1:40123/api`. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /** Stops listening and breaks all connections, including those that hang. */
  close(): Promise<void>;
}

/** Answers whatever is not for the API. */
interface Page extends Disposable {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/** uvicorn's default for how long an idle connection stays open. */
const KEEP_ALIVE_MS = 5000;
/** nginx's default. */
const NGINX_KEEP_ALIVE_MS = 65_000;

/** Starts a server that hands every request to `handle`; with a page only those for the API. Closing it closes the page. */
export async function listen(
  handle: (exchange: Exchange) => Promise<Outcome>,
  nginx: boolean,
  { port = 0, hostname = "127.0.0.1" }: ListenOptions,
  page?: Page,
): Promise<SandboxServer> {
  const server = createServer((request, response) => {
    if (page !== undefined && !/^\/api(?:[/?]|$)/.test(request.url ?? "")) {
      page.answer(request, response);
      return;
    }
    serve(handle, nginx, request, response).catch(() => request.socket.destroy());
  });
  // Node keeps a connection open a second longer than this.
  server.keepAliveTimeout = (nginx ? NGINX_KEEP_ALIVE_MS : KEEP_ALIVE_MS) - 1000;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, hostname, resolve);
    });
  } catch (error) {
    page?.[Symbol.dispose]();
    throw error;
  }
  const actual = (server.address() as AddressInfo).port;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const close = (): Promise<void> => {
    page?.[Symbol.dispose]();
    return closeServer(server);
  };
  return {
    url: `http://${host}:${actual}/api`,
    port: actual,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The callback gets an error if the server is closed already, which is fine.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  handle: (exchange: Exchange) => Promise<Outcome>,
  nginx: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("The client disconnected")));
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const { answer, cut } = await handle(createExchange(
    { method: request.method ?? "GET", url, headers: toHeaders(request), signal: gone.signal },
    () => readAll(request),
  ));
  if (answer === undefined) {
    request.socket.resetAndDestroy();
    return;
  }
  if (cut && !answer.body?.byteLength) {
    // There is no body to cut, so the head ends too early.
    request.socket.end(`HTTP/1.1 ${answer.status} `, () => request.socket.destroy());
    return;
  }
  writeHead(response, answer);
  if (cut) {
    const half = answer.body!.subarray(0, answer.body!.byteLength / 2);
    response.write(half, () => request.socket.destroy());
    return;
  }
  // The rest of the body would be taken for the next request.
  request.resume();
  if (answer.closes && !nginx) response.once("finish", () => request.socket.end());
  response.end(request.method === "HEAD" ? undefined : answer.body ?? undefined);
}

function writeHead(response: ServerResponse, answer: Answer): void {
  // The backend does not send how long it keeps a connection open.
  if (!("connection" in answer.headers)) response.removeHeader("connection");
  const length = answer.body === null ? {} : { "content-length": String(answer.body.byteLength) };
  response.writeHead(answer.status, { ...answer.headers, ...length });
}

function toHeaders(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    headers.append(request.rawHeaders[index]!, request.rawHeaders[index + 1]!);
  }
  return headers;
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
