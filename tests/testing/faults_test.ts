import { assertEquals, assertRejects } from "@std/assert";
import { Sandbox } from "../../src/testing/mod.ts";
import { VirtualTime } from "../virtual_time.ts";
import { assertReply, INTERNAL, testBoth, testHandler } from "./fixture.ts";

testBoth("Sandbox.faults answers with a status, a body and headers", async (f) => {
  const fault = f.sandbox.faults.add({
    status: 503,
    headers: { "retry-after": "7" },
    times: 2,
    when: ({ method, accountId, path }) =>
      method === "POST" && accountId === f.accountId && path.endsWith("/values"),
  });
  assertEquals((await f.request("GET", "/accounts")).status, 200, "another request");
  for (let n = 1; n <= 2; n++) {
    const reply = await f.send("POST", [{ p: "a", v: 1 }]);
    assertEquals([reply.status, reply.headers.get("retry-after"), reply.type], [
      503,
      "7",
      "text/html",
    ]);
    assertEquals(fault.hits, n);
  }
  assertEquals((await f.send("POST", [{ p: "a", v: 1 }])).status, 204, "after two times");
  const proxy = f.sandbox.faults.add({ status: 200, body: "<html>" });
  assertReply(await f.request("GET", "/accounts"), 200, "<html>", "a body of its own");
  proxy.remove();
  for (const [status, text] of [[401, "Access denied"], [500, INTERNAL]] as const) {
    using _fault = f.sandbox.faults.add({ status });
    assertReply(await f.request("GET", "/accounts"), status, text, `${status}`);
  }
  assertEquals((await f.request("GET", "/accounts")).status, 200, "after its scope");
  assertEquals(f.sandbox.countValues(), 1);
});

testBoth("Sandbox.faults asks a fault only as long as it has times left", async (f) => {
  let asked = 0;
  f.sandbox.faults.add({ status: 503, times: 1, when: () => ++asked > 0 });
  assertEquals((await f.request("GET", "/accounts")).status, 503);
  assertEquals((await f.request("GET", "/accounts")).status, 200);
  assertEquals(asked, 1);
});

testBoth("Sandbox.faults affects requests with a value of a path", async (f) => {
  const fault = f.sandbox.faults.add({ path: "a.bad", status: 500 });
  assertEquals((await f.send("POST", [{ p: "a", v: 1 }, { p: "a.bad", v: 1 }])).status, 500);
  assertEquals((await f.send("PUT", [{ p: "a.bad", v: 1, t: 1 }])).status, 500);
  assertEquals((await f.send("POST", [{ p: "a.bad.not", v: 1 }])).status, 204, "another path");
  assertEquals((await f.request("GET", "/accounts")).status, 200, "no values");
  assertEquals([fault.hits, f.sandbox.countValues()], [2, 1]);
});

testBoth("Sandbox.faults fails after the work with `processed`", async (f) => {
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
    // Deno sends other bodies than streams again when the connection breaks.
    const body = new Blob(['[{"p":"a","v":1}]']).stream();
    await assertRejects(
      () => f.request("POST", `/accounts/${f.accountId}/values`, { body }),
      TypeError,
      undefined,
      row,
    );
    assertEquals(f.sandbox.countValues(), stored ? 1 : 0, row);
  }
  using _fault = f.sandbox.faults.add({ drop: "mid-response" });
  await assertRejects(() => f.request("GET", `/accounts/${f.accountId}/entities`), TypeError);
});

Deno.test("Sandbox.faults hangs until the client aborts or the server closes", async () => {
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

testHandler("Sandbox.faults delays an answer, and no other", async (f) => {
  using time = new VirtualTime(1_800_000_000);
  f.sandbox.faults.add({ latency: 3, times: 1 });
  let isAnswered = false;
  const late = f.request("GET", "/accounts").finally(() => isAnswered = true);
  assertEquals((await f.request("GET", "/profile")).status, 200);
  await time.pass(2.9);
  assertEquals(isAnswered, false);
  await time.pass(0.1);
  assertEquals(isAnswered, true);
  assertEquals((await late).status, 200);
});
