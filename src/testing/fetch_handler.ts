import { type Outcome, rejectOnAbort } from "./apply_fault.ts";
import { createExchange, type Exchange } from "./backend/exchange.ts";

/** Constructs a function that can replace the global `fetch` and hands every request to `handle`. */
export function fetchHandler(
  handle: (exchange: Exchange) => Promise<Outcome>,
): (input: Request | URL | string, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = input instanceof Request && init === undefined
      ? input
      : new Request(input, init);
    const { method, headers, signal } = request;
    signal.throwIfAborted();
    const outcome = handle(createExchange(
      { method, url: new URL(request.url), headers, signal },
      async () => new Uint8Array(await request.arrayBuffer()),
    ));
    // A client that aborts does not wait, although the backend goes on.
    return toResponse(await Promise.race([outcome, rejectOnAbort(signal)]), method);
  };
}

function toResponse({ answer, cut }: Outcome, method: string): Response {
  if (answer === undefined) throw new TypeError("fetch failed: the sandbox broke the connection");
  const headers = new Headers(answer.headers);
  if (answer.body !== null) headers.set("content-length", String(answer.body.byteLength));
  const { status } = answer;
  if (cut) {
    if (!answer.body?.byteLength) throw new TypeError("fetch failed: the answer was cut off");
    return new Response(brokenStream(answer.body), { status, headers });
  }
  return new Response(method === "HEAD" ? null : answer.body, { status, headers });
}

/** Half of the body, then an error. */
function brokenStream(body: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      controller.enqueue(body.slice(0, body.byteLength / 2));
    },
    pull(controller): void {
      controller.error(new TypeError("error reading a body: the sandbox broke the connection"));
    },
  });
}
