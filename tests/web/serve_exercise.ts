import { connect } from "node:net";
import { EventStream } from "../../src/web/event_stream.ts";
import { MAX_CONNECTIONS } from "../../src/web/connection_limit.ts";
import { serve, type WebServer } from "../../src/web/serve.ts";

/** What {@linkcode exerciseServe} finds. */
export type Findings = Readonly<Record<string, unknown>>;

/** Does to a server what browsers, attackers and broken clients do, on Deno or Node. */
export async function exerciseServe(): Promise<Findings> {
  const found: Record<string, unknown> = {};
  const events = new EventStream();
  const aborted: string[] = [];
  let cancelled = 0;
  const server = await serve(async (request) => {
    const { pathname } = new URL(request.url);
    request.signal.addEventListener("abort", () => aborted.push(pathname));
    if (pathname === "/events") return events.response(request);
    if (pathname === "/throw") throw new Error("Test");
    if (pathname === "/break") return new Response(breaking());
    if (pathname === "/endless") return new Response(endless(() => cancelled++));
    if (pathname === "/ignore") return new Response(null, { status: 405 });
    if (pathname === "/url") return new Response(request.url.replace(server.url, "/"));
    return new Response(await request.text(), { status: 201, headers: { "x-header": "a" } });
  }, { port: 0, hostname: "127.0.0.1" });
  const at = (path: string) => `${server.url}${path}`;

  const echo = await fetch(at("echo"), { method: "POST", body: "hello" });
  found.echo = [echo.status, echo.headers.get("x-header"), await echo.text()];
  const head = await fetch(at("url"), { method: "HEAD" });
  found.head = [head.status, await head.text()];
  found.url = await (await fetch(at("url?a=1"))).text();
  found.throws = await statusOf(at("throw"));
  found.breaks = await (await fetch(at("break"))).text().catch(() => "broken");
  const ignored = { method: "POST", body: "x".repeat(2 ** 19) };
  found.ignoredBodies = [await statusOf(at("ignore"), ignored), await statusOf(at("url"))];
  found.largeBody = await statusOf(at("echo"), { method: "POST", body: "x".repeat(2 ** 20 + 1) });
  // Deno and Node both want `duplex` for a stream, which has no length.
  const stream = new Blob(["x".repeat(2 ** 20 + 1)]).stream();
  const streamed: RequestInit & { duplex: "half" } = {
    method: "POST",
    body: stream,
    duplex: "half",
  };
  // The connection may break before the answer is read.
  const large = await statusOf(at("echo"), streamed);
  found.largeStream = large === 500 || large === "broken";

  const first = (headers: string, target = "/url", method = "GET") =>
    rawLine(server, `${method} ${target} HTTP/1.1\r\n${headers}connection: close\r\n\r\n`);
  const host = "host: 127.0.0.1\r\n";
  found.otherHostInTarget = await first(host, "//site.example/url");
  found.absoluteTarget = await first(host, "http://site.example/url");
  found.noHost = await first("");
  const old = await rawLines(server, "GET /url HTTP/1.0\r\n\r\n");
  found.oldWithoutHost = [old[0], old.at(-1)];
  found.userInHost = await first("host: a@127.0.0.1\r\n");
  found.pathInHost = await first("host: 127.0.0.1/x?\r\n");
  found.largeHeaders = await first(`${host}x: ${"y".repeat(20_000)}\r\n`);
  found.longUrl = await first(host, `/${"y".repeat(20_000)}`);
  found.trace = await first(host, "/url", "TRACE");
  found.garbage = await rawLine(server, "\0garbage\r\n\r\n");

  const gone = new AbortController();
  const open = await fetch(at("events"), { signal: gone.signal });
  const reader = open.body!.getReader();
  await reader.read();
  gone.abort();
  await reader.cancel().catch(() => {});
  await until(() => events.viewers === 0);
  found.aborted = aborted.filter((path) => path !== "/echo");
  const reading = await fetch(at("endless"));
  await reading.body!.cancel();
  await until(() => cancelled === 1);

  // A client that does not read: what waits for it is bounded.
  const slow = connect(server.port, "127.0.0.1");
  slow.on("error", () => {});
  slow.pause();
  slow.write(`GET /events HTTP/1.1\r\n${host}\r\n`);
  await until(() => events.viewers === 1);
  let sent = 0;
  await until(() => {
    if (events.viewers === 1) sent++;
    events.send("value", "x".repeat(2 ** 16));
    return events.viewers === 0;
  });
  // One MiB here and what the operating system holds.
  found.slowIsCut = sent >= 16;
  // Its connection is not kept until it reads.
  await until(() => aborted.filter((path) => path === "/events").length === 2);
  slow.destroy();

  // More connections than the server has place for, which send nothing or half a request.
  const silent = Array.from({ length: MAX_CONNECTIONS + 10 }, (_, index) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    if (index % 2 === 1) socket.write("GET /url HTTP/1.1\r\n");
    return socket;
  });
  await until(() => silent.every((socket) => !socket.connecting));
  await until(() => silent.filter((socket) => socket.destroyed).length >= 10);
  const streaming = await fetch(at("events"));
  found.beyondSilent = await statusOf(at("url"));
  found.streamKept = [events.viewers, silent.at(-1)!.destroyed];
  await streaming.body!.cancel();
  for (const socket of silent) socket.destroy();

  // An idle connection, half a request, and an event stream.
  const idle = [connect(server.port, "127.0.0.1"), connect(server.port, "127.0.0.1")];
  const closed = idle.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  for (const socket of idle) socket.on("error", () => {});
  idle[1]!.write("POST /echo HTTP/1.1\r\ncontent-length: 10\r\n");
  const last = await fetch(at("events"));
  await server.close();
  await server.close();
  await Promise.all(closed);
  found.streamAtClose = await last.text().then(() => "ended", () => "broken");
  await until(() => events.viewers === 0);
  found.afterClose = await fetch(at("url")).then(() => "answered", () => "refused");

  const again = await serve(() => new Response(), { port: server.port, hostname: "127.0.0.1" });
  const taken = serve(() => new Response(), { port: server.port, hostname: "127.0.0.1" });
  found.taken = await taken.then(() => "", (error: { code?: string }) => error.code);
  await again.close();
  return found;
}

async function statusOf(url: string, init?: RequestInit): Promise<number | string> {
  try {
    const { status, body } = await fetch(url, init);
    await body?.cancel();
    return status;
  } catch {
    return "broken";
  }
}

/** The first line of the answer to what a client sends. */
async function rawLine(server: WebServer, text: string): Promise<string> {
  return (await rawLines(server, text))[0]!;
}

function rawLines(server: WebServer, text: string): Promise<string[]> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1");
    socket.on("data", (data) => answer += data);
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer.split("\r\n")));
  });
}

/** Waits longer than any machine needs. */
async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !condition();) {
    if (Date.now() > end) throw new Error(`Not reached: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function breaking(): ReadableStream<Uint8Array> {
  let count = 0;
  return new ReadableStream({
    pull(controller): void {
      if (count++ > 0) throw new Error("Test");
      controller.enqueue(new Uint8Array(100));
    },
  });
}

function endless(onCancel: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(2 ** 16)),
    cancel: onCancel,
  });
}
