import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import { connect } from "node:net";
import { Sandbox } from "../../../src/testing/mod.ts";
import {
  assertReply,
  INTERNAL,
  testBoth,
  testHandler,
  UNVALIDATED,
  withFixture,
} from "../fixture.ts";

/**
 * Sends a text, and the next one after an answer; returns all answers up to `last` or until the server closes, and
 * whether it closed.
 */
async function talk(
  port: number,
  [first, ...others]: readonly string[],
  last: RegExp,
): Promise<[string, boolean]> {
  const socket = connect(port, "127.0.0.1");
  let reply = "";
  let closed = false;
  socket.on("data", (data) => {
    reply += data;
    if (last.test(reply)) socket.destroy();
    else if (others.length > 0) socket.write(others.shift()!);
  });
  socket.on("error", () => closed = true);
  socket.on("end", () => closed = true);
  socket.write(first!);
  const timer = setTimeout(() => socket.destroy(), 60_000);
  await once(socket, "close");
  clearTimeout(timer);
  return [reply, closed];
}

Deno.test("Sandbox §9 keeps connections alive and pipelines, without a keep-alive header", async () => {
  const sandbox = new Sandbox();
  await using server = await sandbox.listen();
  const get = "GET /api/status/info HTTP/1.1\r\nhost: x\r\n\r\n";
  const [reply, closed] = await talk(server.port, [get + get], /(?:HTTP\/1\.1 200 OK[^]*\}){2}$/);
  assertEquals(reply.split("HTTP/1.1 200 OK").length, 3);
  assertEquals(/keep-alive/i.test(reply), false);
  assertEquals(closed, false);
});

Deno.test("Sandbox §9 closes a connection after Internal Server Error, unless nginx keeps it", async () => {
  for (const nginx of [false, true]) {
    const sandbox = new Sandbox({ nginx });
    sandbox.stopDatabase();
    await using server = await sandbox.listen();
    const get = "GET /api/status/info HTTP/1.1\r\nhost: x\r\n\r\n";
    const [reply, closed] = await talk(
      server.port,
      [get, get],
      /(?:HTTP\/1\.1 500 [^]*\r\n\r\nI.*){2}$/,
    );
    assertEquals(reply.split("HTTP/1.1 500 Internal Server Error").length - 1, nginx ? 2 : 1);
    assertEquals([/\nconnection:/i.test(reply), closed], [false, !nginx]);
  }
});

Deno.test("Sandbox §0 answers Expect: 100-continue", async () => {
  const sandbox = new Sandbox();
  await using server = await sandbox.listen();
  const [reply] = await talk(
    server.port,
    ["POST /api/admin/migratedb HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n[]"],
    /204[^]*\r\n\r\n$/,
  );
  assert(reply.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204"), reply);
});

testBoth(
  "Sandbox §10 answers one 500 per worker after a restart of the database",
  async (f) => {
    f.sandbox.restartDatabase();
    for (let n = 0; n < 3; n++) {
      assertReply(await f.send("POST", [{ p: "a", v: 1 }]), 500, UNVALIDATED, `${n}`);
    }
    assertEquals((await f.send("POST", [{ p: "a", v: 1 }])).status, 204);
    assertEquals(f.sandbox.countValues(), 1, "nothing was processed");
  },
  { workers: 3 },
);

testHandler("Sandbox §10 answers the status with its own 500 after a restart", async (f) => {
  f.sandbox.restartDatabase();
  const request = () => f.request("GET", "/status/info", { token: null });
  assertReply(await request(), 500, INTERNAL, "first");
  assertEquals((await request()).status, 200);
});

testHandler("Sandbox §10 runs out of connections with `overload`", async (f) => {
  const count500 = async (path: string, concurrency: number): Promise<number> => {
    const reply = await Promise.all(
      Array.from({ length: concurrency }, () => f.request("GET", path)),
    );
    return reply.filter(({ status }) => status === 500).length;
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
}, { overload: true, cost: { perRequest: 0.001 } });

Deno.test("Sandbox §5 processes one request at a time per worker", async () => {
  for (const workers of [1, 3]) {
    const order: string[] = [];
    await withFixture(
      async (f) => {
        const send = async (name: string, count: number): Promise<void> => {
          await f.send("POST", Array.from({ length: count }, (_, n) => ({ p: `p${n}`, v: n })));
          order.push(name);
        };
        await Promise.all([send("large", 100), send("small", 1), send("another", 1)]);
      },
      { workers, cost: { perRequest: 0.001, perValue: 0.0002, perNewPath: 0.0001 } },
    );
    assertEquals(order.indexOf("large"), workers === 1 ? 0 : 2, `${workers} workers`);
  }
});
