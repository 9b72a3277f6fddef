import type { IncomingMessage, ServerResponse } from "node:http";

/** What answers a request. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** More than any request to a page has. */
const MAX_BODY_BYTES = 1024 * 1024;

/** A name or an address, with or without a port. The rest of what a URL allows there is for attackers. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/**
 * Lets a web-standard handler answer a request of `node:http`. Bodies are streamed at the pace of the client; the
 * signal of the request aborts when the client disconnects.
 *
 * A handler that throws gives 500; what goes wrong after the head of the answer breaks the connection. Never throws.
 */
export async function answerWith(
  handle: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) {
      gone.abort(new DOMException("The client disconnected", "AbortError"));
    }
  });
  // Without a listener an error of a broken connection would end the process.
  for (const stream of [incoming, outgoing]) stream.on("error", () => gone.abort());
  try {
    const request = toRequest(incoming, gone.signal);
    const response = request instanceof Response ? request : await handle(request);
    await send(response, incoming, outgoing, gone.signal);
  } catch {
    // What the handler knows about the error it has logged.
    if (outgoing.headersSent || gone.signal.aborted) incoming.socket.destroy();
    else outgoing.writeHead(500, { connection: "close" }).end();
  }
}

/** The request, or the answer to one that is malformed or too large. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | Response {
  const { method = "GET", url: target = "/", headers: { host = ownHost(incoming) } } = incoming;
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    return new Response(null, { status: 413 });
  }
  // The web's Request knows no such method.
  if (method === "TRACE") return new Response(null, { status: 405 });
  // Concatenated, since "//name/" as a relative URL would be another host.
  const url = `http://${host}${target}`;
  if (!HOST.test(host) || !target.startsWith("/") || !URL.canParse(url)) {
    return new Response(null, { status: 400 });
  }
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index]!, incoming.rawHeaders[index + 1]!);
  }
  const body = method === "GET" || method === "HEAD" ? null : toStream(incoming);
  // A body that is a stream needs `duplex`, which the types do not know.
  const init: RequestInit & { duplex: "half" } = { method, headers, body, signal, duplex: "half" };
  return new Request(url, init);
}

/** The address that was asked, for probes that speak HTTP/1.0 and name no host. Browsers always do. */
function ownHost(
  { httpVersion, socket: { localAddress = "", localPort } }: IncomingMessage,
): string {
  if (httpVersion !== "1.0") return "";
  return `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function toStream(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = incoming[Symbol.asyncIterator]();
  let size = 0;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const { done, value } = await chunks.next();
      if (done) return controller.close();
      size += value.byteLength;
      if (size > MAX_BODY_BYTES) throw new RangeError("The body of the request is too large");
      controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

async function send(
  response: Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.getReader();
  const cancel = () => void reader?.cancel(signal.reason).catch(() => {});
  if (signal.aborted || incoming.method === "HEAD") cancel();
  signal.addEventListener("abort", cancel, { once: true });
  // At once, even if the client does not read what it was sent before.
  reader?.closed.catch(() => incoming.socket.destroy());
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => headers[name] = value);
  // The rest of a body that nobody has read would be taken for the next request.
  if (!incoming.complete) headers.connection = "close";
  outgoing.writeHead(response.status, headers);
  if (incoming.method !== "HEAD" && reader !== undefined) {
    // The browser is to know at once that an event stream is open, before its first event.
    outgoing.flushHeaders();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (!outgoing.write(chunk.value)) await drained(outgoing, signal);
      if (signal.aborted) return;
    }
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    outgoing.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
