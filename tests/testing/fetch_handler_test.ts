import { assertEquals, assertRejects } from "@std/assert";
import { testHandler } from "./fixture.ts";

testHandler("Sandbox.fetch rejects at once if the client has aborted", async (f) => {
  const reason = new Error("enough");
  await assertRejects(
    () => f.sandbox.fetch("http://sandbox/api/accounts", { signal: AbortSignal.abort(reason) }),
    Error,
    "enough",
  );
  assertEquals(f.sandbox.requests.count, 0);
});

testHandler("Sandbox.fetch rejects when the client aborts, but finishes the work", async (f) => {
  const client = new AbortController();
  const url = `http://sandbox/api/accounts/${f.accountId}/values?b=${f.bot.token}`;
  const sent = f.sandbox.fetch(url, {
    method: "POST",
    body: '[{"p":"a","v":1}]',
    signal: client.signal,
  });
  const stored = f.sandbox.waitForValues(1, { timeout: 120 });
  setTimeout(() => client.abort(new Error("enough")), 1);
  await assertRejects(() => sent, Error, "enough");
  assertEquals(f.sandbox.requests.entries[0]?.status, undefined, "still in progress");
  await stored;
  while (f.sandbox.requests.entries[0]?.status === undefined) {
    await new Promise((done) => setTimeout(done, 5));
  }
  assertEquals(f.sandbox.requests.entries[0].status, 204);
}, { cost: { perRequest: 0.1 } });
