import { assertEquals } from "@std/assert";
import { mock } from "node:test";
import { EventStream, type ServerEvent } from "../../src/web/event_stream.ts";
import { until } from "../until.ts";

const RETRY = "retry: 2000\n\n";

function request(init?: RequestInit): Request {
  return new Request("http://127.0.0.1/events", init);
}

/** Reads the text of a response at the pace of the test. */
function readerOf(response: Response): () => Promise<string | undefined> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return async () => (await reader.read()).value;
}

Deno.test("EventStream sends the initial events first, then the others to all viewers", async () => {
  using events = new EventStream();
  events.send("early", 1);
  const first = readerOf(events.response(request(), () => [{ event: "all", data: "a\nb" }]));
  const second = readerOf(events.response(request()));
  assertEquals(events.viewers, 2);
  events.send("value", { x: 1 });
  assertEquals(await first(), `${RETRY}event: all\ndata: "a\\nb"\n\n`);
  assertEquals(await first(), 'event: value\ndata: {"x":1}\n\n');
  assertEquals(await second(), RETRY);
  assertEquals(await second(), 'event: value\ndata: {"x":1}\n\n');
});

Deno.test("EventStream forgets a viewer who leaves", async () => {
  using events = new EventStream();
  const gone = new AbortController();
  const byAbort = events.response(request({ signal: gone.signal }));
  const byCancel = events.response(request());
  gone.abort();
  assertEquals(events.viewers, 1);
  await byCancel.body!.cancel();
  assertEquals(events.viewers, 0);
  assertEquals(byAbort.status, 200);
});

Deno.test("EventStream cuts off a viewer who does not read, and only that one", async () => {
  using events = new EventStream();
  const large = "x".repeat(2 ** 21);
  const slow = events.response(request(), () => [{ event: "large", data: large }]);
  const fast = readerOf(events.response(request()));
  assertEquals(await fast(), RETRY);
  for (let sent = 0; events.viewers === 2; sent++) {
    events.send("value", "x".repeat(2 ** 16));
    await fast();
    assertEquals(sent < 20, true);
  }
  assertEquals(events.viewers, 1);
  const read = await slow.text().then(() => "all", (error: Error) => error.message);
  assertEquals(read, "The viewer is too slow");
});

Deno.test("EventStream asks for what comes bit by bit at the pace of the viewer", async () => {
  using events = new EventStream();
  let made = 0;
  let ended = false;
  async function* endless(): AsyncGenerator<ServerEvent> {
    try {
      while (true) {
        made++;
        yield await Promise.resolve({ event: "row", data: "x".repeat(1000) });
      }
    } finally {
      ended = true;
    }
  }
  const response = events.response(request(), endless);
  let last = -1;
  await until(() => made === last || (last = made, false), () => made);
  assertEquals(made < 200, true, `${made} made for a viewer who has read nothing`);
  const read = readerOf(response);
  for (let count = 0; count < 500; count++) await read();
  assertEquals(made >= 500, true);
  events[Symbol.dispose]();
  await until(() => ended);
});

Deno.test("EventStream ends the streams of all viewers when it is closed, and accepts no more", async () => {
  const events = new EventStream();
  const response = events.response(request());
  events[Symbol.dispose]();
  events[Symbol.dispose]();
  events.send("late", 1);
  assertEquals(await response.text(), RETRY);
  assertEquals(events.response(request()).status, 503);
});

Deno.test("EventStream can be closed after the events of a viewer have failed", async () => {
  const events = new EventStream();
  // deno-lint-ignore require-yield -- it fails before its first event
  async function* failing(): AsyncGenerator<ServerEvent> {
    await Promise.resolve();
    throw new Error("Test");
  }
  const response = events.response(request(), failing);
  const other = events.response(request());
  assertEquals(await response.text().catch(() => "broken"), "broken");
  events[Symbol.dispose]();
  assertEquals(await other.text(), RETRY);
});

Deno.test("EventStream answers HEAD without a viewer", () => {
  using events = new EventStream();
  const { body, headers } = events.response(request({ method: "HEAD" }));
  assertEquals([body, headers.get("content-type"), events.viewers], [null, "text/event-stream", 0]);
});

Deno.test("EventStream refuses more viewers than a bot can serve beside its work", () => {
  using events = new EventStream();
  const statuses = Array.from({ length: 51 }, () => events.response(request()).status);
  assertEquals([statuses.filter((status) => status === 200).length, statuses.at(-1)], [50, 503]);
});

Deno.test("EventStream sends a comment every 15 s while somebody listens", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    using events = new EventStream();
    const read = readerOf(events.response(request()));
    await read();
    mock.timers.tick(15_000);
    assertEquals(await read(), ":\n\n");
    mock.timers.tick(15_000);
    assertEquals(await read(), ":\n\n");
  } finally {
    mock.timers.reset();
  }
});
