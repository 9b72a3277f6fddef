import { assertEquals, assertRejects } from "@std/assert";
import { Sandbox } from "../../src/testing/mod.ts";

Deno.test("Sandbox stores values sent over HTTP and passes them to listeners", async () => {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "ping", account });
  await using server = await sandbox.listen();
  const stored: string[] = [];
  const stop = sandbox.onValues((values) => {
    for (const { p } of values) stored.push(p);
  });
  const waiting = sandbox.waitForValues(2, { accountId: account.id, timeout: 120 });
  const response = await fetch(`${server.url}/accounts/${account.id}/values?b=${bot.token}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ p: "a", v: 1 }, { p: "b", v: "2.50" }]),
  });
  assertEquals(response.status, 204);
  await response.body?.cancel();
  assertEquals((await waiting).map(({ p, v, text }) => ({ p, v, text })), [
    { p: "a", v: 1, text: "1" },
    { p: "b", v: 2.5, text: "2.50" },
  ]);
  assertEquals(stored, ["a", "b"]);
  stop();
  assertEquals(
    sandbox.requests.entries.map(({ method, path, status, values }) => ({
      method,
      path,
      status,
      values,
    })),
    [{ method: "POST", path: `/accounts/${account.id}/values`, status: 204, values: 2 }],
  );
});

Deno.test("Sandbox.waitForValues rejects with the number of values after the timeout", async () => {
  await assertRejects(
    () => new Sandbox().waitForValues(3, { timeout: 0.001 }),
    Error,
    "Waited 0.001 s for 3 values, but only 0 are stored",
  );
});
