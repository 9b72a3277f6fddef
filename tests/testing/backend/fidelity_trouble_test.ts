import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect } from "node:net";
import { once } from "node:events";
import { Sandbox } from "../../../src/testing/mod.ts";
import {
  assertAnswer,
  INTERNAL,
  testBoth,
  testHandler,
  UNVALIDATED,
  withFixture,
} from "../fixture.ts";

/** Sends bytes and returns what comes back until the other side closes, or `ms` milliseconds are over. */
async function talk(port: number, text: string, ms: number): Promise<[string, boolean]> {
  const socket = connect(port, "127.0.0.1");
  let seen = "";
  let closed = false;
  socket.on("data", (data) => seen += data);
  socket.on("error", () => closed = true);
  socket.on("end", () => closed = true);
  socket.write(text);
  const timer = setTimeout(() => socket.destroy(), ms);
  await once(socket, "close");
  clearTimeout(timer);
  return [seen, closed];
}

Deno.test("Sandbox §9 keeps connections, pipelines, and says nothing about how long", async () => {
  const sandbox = new Sandbox();
  await using server = await sandbox.listen();
  const get = "GET /api/status/info HTTP/1.1\r\nhost: x\r\n\r\n";
  const [seen, closed] = await talk(server.port, get + get, 200);
  assertEquals(seen.split("HTTP/1.1 200 OK").length, 3);
  assertEquals(/keep-alive/i.test(seen), false);
  assertEquals(closed, false);
});

Deno.test("Sandbox §0 answers Expect: 100-continue", async () => {
  const sandbox = new Sandbox();
  await using server = await sandbox.listen();
  const [seen] = await talk(
    server.port,
    "POST /api/admin/migratedb HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n[]",
    200,
  );
  assert(seen.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204"), seen);
});

testBoth(
  "Sandbox §10 answers one 500 for each worker after the database has restarted",
  async (f) => {
    f.sandbox.restartDatabase();
    for (let n = 0; n < 3; n++) {
      assertAnswer(await f.send("POST", [{ p: "a", v: 1 }]), 500, UNVALIDATED, `${n}`);
    }
    assertEquals((await f.send("POST", [{ p: "a", v: 1 }])).status, 204);
    assertEquals(f.sandbox.countValues(), 1, "nothing was processed");
  },
  { workers: 3 },
);

testHandler("Sandbox §10 answers the status with its own 500 after a restart", async (f) => {
  f.sandbox.restartDatabase();
  const ask = () => f.ask("GET", "/status/info", { token: null });
  assertAnswer(await ask(), 500, INTERNAL, "first");
  assertEquals((await ask()).status, 200);
});

testHandler("Sandbox §10 comes back with the database", async (f) => {
  f.sandbox.stopDatabase();
  for (let n = 0; n < 3; n++) assertEquals((await f.ask("GET", "/accounts")).status, 500);
  f.sandbox.startDatabase();
  assertEquals((await f.ask("GET", "/accounts")).status, 500);
  assertEquals((await f.ask("GET", "/accounts")).status, 200);
});

testHandler("Sandbox §10 runs out of connections, if told to", async (f) => {
  const count500 = async (path: string, concurrency: number): Promise<number> => {
    const seen = await Promise.all(
      Array.from({ length: concurrency }, () => f.ask("GET", path)),
    );
    return seen.filter(({ status }) => status === 500).length;
  };
  const below = `/accounts/${f.accountId}`;
  const rows: [string, number][] = [
    [`${below}/entities`, 7],
    [`${below}/entities/${f.entity.id}`, 15],
    [`${below}/sensors/${f.sensors[0]!.id}`, 31],
  ];
  for (const [path, most] of rows) {
    assertEquals([await count500(path, most), await count500(path, most + 1)], [0, 1], path);
  }
  const posts = await Promise.all(
    Array.from({ length: 50 }, () => f.send("POST", [{ p: "a", v: 1 }])),
  );
  assertEquals(posts.every(({ status }) => status === 204), true, "POST never");
}, { overload: true, cost: { requestMs: 1 } });

Deno.test("Sandbox §5 works on one request at a time for each worker", async () => {
  for (const workers of [1, 3]) {
    let now = 0;
    const order: string[] = [];
    await withFixture(
      async (f) => {
        const send = async (name: string, count: number): Promise<void> => {
          await f.send("POST", Array.from({ length: count }, (_, n) => ({ p: `p${n}`, v: n })));
          order.push(name);
        };
        await Promise.all([send("large", 100), send("small", 1), send("another", 1)]);
      },
      { workers, cost: { requestMs: 1, valueMs: 0.2, newPathMs: 0.1 }, now: () => now++ },
    );
    assertEquals(order.indexOf("large"), workers === 1 ? 0 : 2, `${workers} workers`);
  }
});

testBoth("Sandbox.faults answers with a status, a body and headers", async (f) => {
  const fault = f.sandbox.faults.add({
    status: 503,
    headers: { "retry-after": "7" },
    times: 2,
    when: ({ method, accountId, path }) =>
      method === "POST" && accountId === f.accountId && path.endsWith("/values"),
  });
  assertEquals((await f.ask("GET", "/accounts")).status, 200, "another request");
  for (let n = 1; n <= 2; n++) {
    const seen = await f.send("POST", [{ p: "a", v: 1 }]);
    assertEquals([seen.status, seen.headers.get("retry-after"), seen.type], [
      503,
      "7",
      "text/html",
    ]);
    assertEquals(fault.hits, n);
  }
  assertEquals((await f.send("POST", [{ p: "a", v: 1 }])).status, 204, "after two times");
  f.sandbox.faults.add({ status: 200, body: "<html>" });
  assertAnswer(await f.ask("GET", "/accounts"), 200, "<html>", "a body of its own");
  f.sandbox.faults.clear();
  for (const [status, text] of [[401, "Access denied"], [500, INTERNAL]] as const) {
    using _fault = f.sandbox.faults.add({ status });
    assertAnswer(await f.ask("GET", "/accounts"), status, text, `${status}`);
  }
  assertEquals((await f.ask("GET", "/accounts")).status, 200, "after its scope");
  assertEquals(f.sandbox.countValues(), 1);
});

testBoth("Sandbox.faults can do the work before it fails", async (f) => {
  f.sandbox.faults.add({ status: 504, processed: true, times: 1 });
  assertEquals((await f.send("POST", [{ p: "a", v: 1 }])).status, 504);
  assertEquals(f.sandbox.countValues(), 1);
});

testBoth("Sandbox.faults breaks connections", async (f) => {
  const rows: [string, Parameters<typeof f.sandbox.faults.add>[0], boolean][] = [
    ["before the body", { drop: "before-body" }, false],
    ["after the body", { drop: "after-body" }, false],
    ["after the work", { drop: "after-body", processed: true }, true],
    ["in the middle of the answer", { drop: "mid-response" }, true],
  ];
  for (const [row, fault, stored] of rows) {
    f.sandbox.clearValues();
    using _fault = f.sandbox.faults.add(fault);
    // A body that is a stream is sent once: Deno sends others again by itself when the connection breaks.
    const body = new Blob(['[{"p":"a","v":1}]']).stream();
    await assertRejects(
      () => f.ask("POST", `/accounts/${f.accountId}/values`, { body }),
      TypeError,
      undefined,
      row,
    );
    assertEquals(f.sandbox.countValues(), stored ? 1 : 0, row);
  }
  using _fault = f.sandbox.faults.add({ drop: "mid-response" });
  await assertRejects(() => f.ask("GET", `/accounts/${f.accountId}/entities`), TypeError);
});

Deno.test("Sandbox.faults hangs until the client gives up, or the server is closed", async () => {
  const sandbox = new Sandbox();
  sandbox.faults.add({ hang: true });
  const signal = AbortSignal.timeout(20);
  const error = await assertRejects(() =>
    sandbox.fetch("http://sandbox/api/status/info", { signal })
  );
  assertEquals(error, signal.reason);
  const server = await sandbox.listen();
  const hanging = assertRejects(() => fetch(`${server.url}/status/info`), TypeError);
  while (sandbox.requests.count < 2) await new Promise((done) => setTimeout(done, 1));
  await server.close();
  await hanging;
  await server.close();
});

testBoth("Sandbox.faults delays", async (f) => {
  f.sandbox.faults.add({ latency: 30, times: 1 });
  const order: string[] = [];
  await Promise.all([
    f.ask("GET", "/accounts").then(() => order.push("late")),
    f.ask("GET", "/profile").then(() => order.push("on time")),
  ]);
  assertEquals(order, ["on time", "late"]);
});

testBoth("Sandbox.requests knows how many were under way at once", async (f) => {
  f.sandbox.faults.add({ latency: 20 });
  await Promise.all([1, 2, 3].map(() => f.ask("GET", "/accounts")));
  await f.ask("GET", "/profile");
  assertEquals([f.sandbox.requests.count, f.sandbox.requests.maxConcurrent], [4, 3]);
  assertEquals(f.sandbox.requests.entries.map(({ path, status }) => [path, status]), [
    ["/accounts", 200],
    ["/accounts", 200],
    ["/accounts", 200],
    ["/profile", 200],
  ]);
  f.sandbox.requests.clear();
  assertEquals([f.sandbox.requests.count, f.sandbox.requests.maxConcurrent], [0, 0]);
});

testHandler("Sandbox.fetch ends at once for a client that has aborted", async (f) => {
  const reason = new Error("enough");
  await assertRejects(
    () => f.sandbox.fetch("http://sandbox/api/accounts", { signal: AbortSignal.abort(reason) }),
    Error,
    "enough",
  );
  assertEquals(f.sandbox.requests.count, 0);
});

testHandler("Sandbox.fetch does not keep a client that aborts, but does its work", async (f) => {
  const client = new AbortController();
  const url = `http://sandbox/api/accounts/${f.accountId}/values?b=${f.bot.token}`;
  const sent = f.sandbox.fetch(url, {
    method: "POST",
    body: '[{"p":"a","v":1}]',
    signal: client.signal,
  });
  const stored = f.sandbox.waitForValues(1);
  setTimeout(() => client.abort(new Error("enough")), 1);
  await assertRejects(() => sent, Error, "enough");
  assertEquals(f.sandbox.requests.entries[0]?.status, undefined, "still at work");
  await stored;
  while (f.sandbox.requests.entries[0]?.status === undefined) {
    await new Promise((done) => setTimeout(done, 5));
  }
  assertEquals(f.sandbox.requests.entries[0].status, 204);
}, { cost: { requestMs: 100 } });
