import { assertEquals } from "@std/assert";
import { Connections } from "../../src/grafolean/connections.ts";
import { Session } from "../../src/setup/session.ts";

Deno.test("Session sends a POST on a new connection after a question that took long", async () => {
  const worker = new Worker(new URL("closing_server.ts", import.meta.url), { type: "module" });
  try {
    const port = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    using connections = new Connections();
    const session = new Session({
      backendUrl: `http://127.0.0.1:${port}/api`,
      username: "admin",
      password: "secret",
      secrets: new Set(),
      connections,
      signal: new AbortController().signal,
    });
    await session.login();
    await session.get("/accounts", () => {});
    // As a prompt does: Deno does not notice meanwhile that the connection was closed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    assertEquals(await session.post("/accounts/1/bots", {}, (json) => json), {});
  } finally {
    worker.terminate();
  }
});
