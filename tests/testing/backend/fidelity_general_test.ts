import { assert, assertEquals, assertMatch } from "@std/assert";
import { Sandbox } from "../../../src/testing/mod.ts";
import {
  assertReply,
  DENIED,
  FORBIDDEN,
  INTERNAL,
  NOT_ALLOWED,
  NOT_FOUND,
  testBoth,
  testHandler,
  UNVALIDATED,
  withFixture,
} from "../fixture.ts";

testBoth("Sandbox §0 answers every endpoint with and without a trailing slash", async (f) => {
  const below = `/accounts/${f.accountId}`;
  const paths = [
    "/profile",
    "/profile/permissions",
    "/bots",
    "/accounts",
    `${below}/entities`,
    `${below}/entities/${f.entity.id}`,
    `${below}/credentials`,
    `${below}/credentials/${f.credential.id}`,
    `${below}/sensors`,
    `${below}/sensors/${f.sensors[0]!.id}`,
  ];
  for (const path of paths) {
    const without = await f.request("GET", path);
    const withSlash = await f.request("GET", `${path}/`);
    assertEquals(without.status, 200, path);
    assertEquals([withSlash.status, withSlash.text], [200, without.text], path);
  }
  for (const path of [`${below}/values`, `${below}/values/`]) {
    const body = '[{"p":"a","v":1}]';
    assertEquals((await f.request("POST", path, { body })).status, 204, path);
  }
});

testBoth("Sandbox §0 redirects two trailing slashes, with the query", async (f) => {
  const reply = await f.request("GET", "/profile//");
  assertEquals([reply.status, reply.text], [307, ""]);
  assertMatch(reply.headers.get("location")!, /^http:\/\/[^/]+\/api\/profile\?b=[0-9a-f-]+$/);
});

testBoth("Sandbox §0 refuses two leading slashes", async (f) => {
  assertReply(await f.request("GET", "//profile"), 403, FORBIDDEN, "/api//profile");
});

testBoth("Sandbox §0 matches paths that need no login literally", async (f) => {
  for (const path of ["/status/info", "/plugins/widgets"]) {
    assertEquals((await f.request("GET", path, { token: null })).status, 200, path);
  }
  const rows: [string, string][] = [
    ["GET", "/status/info/"],
    ["POST", "/admin/migratedb/"],
    ["POST", "/admin/first/"],
    ["POST", "/auth/login/"],
    ["HEAD", "/status/info"],
    ["POST", "/status/info"],
  ];
  for (const [method, path] of rows) {
    const reply = await f.request(method, path, { token: null });
    assertReply(reply, 401, method === "HEAD" ? "" : DENIED, `${method} ${path}`);
    const isStatus = path === "/status/info";
    assertEquals(reply.headers.get("access-control-allow-origin"), isStatus ? "*" : null, path);
  }
  assertEquals((await f.request("POST", "/admin/migratedb", { token: null })).status, 204);
  for (const path of ["/admin/first", "/auth/login"]) {
    assertEquals((await f.request("POST", path, { token: null })).status, 422, path);
  }
  const master = { token: f.master.token };
  assertEquals((await f.request("GET", "/status/info/", master)).status, 403);
});

testBoth("Sandbox §0 names the first method of a route in Allow", async (f) => {
  const { token } = f.sandbox.addBot({ protocol: "x", permissions: [{ prefix: null }] });
  const below = `/accounts/${f.accountId}`;
  const rows: [string, string, string][] = [
    ["HEAD", "/profile", "GET"],
    ["PUT", `${below}/entities`, "GET"],
    ["GET", `${below}/values`, "PUT"],
    ["GET", `${below}/getvalues`, "POST"],
    ["POST", "/status/info", "GET"],
  ];
  for (const [method, path, allow] of rows) {
    const reply = await f.request(method, path, { token });
    assertEquals([reply.status, reply.headers.get("allow")], [405, allow], `${method} ${path}`);
  }
});

testBoth("Sandbox §0 checks permissions before routes", async (f) => {
  const values = `/accounts/${f.accountId}/values`;
  const all = { token: f.master.token };
  const rows: [string, string, { token: string } | undefined, number, string][] = [
    ["GET", "/nonsense", undefined, 403, FORBIDDEN],
    ["GET", "/accounts/1/nonsense", all, 404, NOT_FOUND],
    ["GET", `${values}/a/b`, all, 404, NOT_FOUND],
    ["GET", values, undefined, 403, FORBIDDEN],
    ["DELETE", values, undefined, 403, FORBIDDEN],
    ["GET", values, all, 405, NOT_ALLOWED],
    ["DELETE", values, all, 405, NOT_ALLOWED],
    ["HEAD", "/profile", undefined, 405, ""],
    ["HEAD", `/accounts/${f.accountId}/entities`, undefined, 405, ""],
    ["PATCH", values, all, 500, UNVALIDATED],
    ["PATCH", "/profile", undefined, 500, UNVALIDATED],
    ["OPTIONS", "/profile", undefined, 500, UNVALIDATED],
  ];
  for (const [method, path, options, status, text] of rows) {
    assertReply(await f.request(method, path, options), status, text, `${method} ${path}`);
  }
});

testHandler("Sandbox §0 generates random ids, and UUIDs as tokens", async (f) => {
  const ids = Array.from({ length: 1000 }, () => f.sandbox.addEntity(f.accountId).id);
  assert(ids.every((id) => Number.isInteger(id) && id >= 1 && id <= 2147483647));
  assertEquals(new Set(ids).size, 1000);
  assert(ids.some((id, index) => index > 0 && id < ids[index - 1]!));
  assertMatch(f.bot.token, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  await Promise.resolve();
});

Deno.test("Sandbox §0 sends the headers of the backend and no others", async () => {
  await withFixture(
    async (f) => {
      f.sandbox.addEntity(f.accountId, { name: "21 °C" });
      const list = await f.request("GET", `/accounts/${f.accountId}/entities`);
      assertEquals(list.type, "application/json");
      assertEquals(
        list.headers.get("content-length"),
        String(new TextEncoder().encode(list.text).byteLength),
      );
      assert(list.text.includes("21 °C"), "raw UTF-8");
      assertEquals(list.text, JSON.stringify(JSON.parse(list.text)), "compact");
      const saved = await f.send("POST", [{ p: "a", v: 1 }]);
      for (const reply of [list, saved]) {
        for (
          const name of [
            "etag",
            "cache-control",
            "retry-after",
            "keep-alive",
            "connection",
            "content-encoding",
          ]
        ) assertEquals(reply.headers.get(name), null, name);
      }
      assertEquals(
        [saved.type, saved.headers.get("content-length"), saved.text],
        [null, null, ""],
        "204",
      );
    },
    {},
    "HTTP",
  );
});

testBoth("Sandbox §0 supports no compression", async (f) => {
  const list = await f.request("GET", "/accounts", { headers: { "accept-encoding": "gzip" } });
  assertEquals([list.status, list.headers.get("content-encoding")], [200, null]);
  const stream = new Blob(['[{"p":"a","v":1}]']).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const body = await new Response(stream).arrayBuffer();
  const headers = { "content-encoding": "gzip", "content-type": "application/json" };
  const reply = await f.request("POST", `/accounts/${f.accountId}/values`, { body, headers });
  assertReply(reply, 500, INTERNAL, "gzip body");
});

testBoth("Sandbox §0 reads a chunked body", async (f) => {
  const body = new Blob(['[{"p":"a",', '"v":1}]']).stream();
  const reply = await f.request("POST", `/accounts/${f.accountId}/values`, { body });
  assertEquals(reply.status, 204);
});

testBoth("Sandbox §0 has an error format per layer", async (f) => {
  const values = `/accounts/${f.accountId}/values`;
  const all = { token: f.master.token };
  const rows: [string, Promise<{ status: number; type: string | null; text: string }>, [
    number,
    string | null,
    string,
  ]][] = [
    ["401", f.request("GET", "/accounts", { token: null }), [401, null, DENIED]],
    ["403", f.request("GET", "/x"), [403, null, FORBIDDEN]],
    ["500 of the authentication", f.request("PATCH", "/profile"), [500, null, UNVALIDATED]],
    ["validation", f.send("POST", [{ p: "a b", v: 1 }]), [
      400,
      null,
      "Input validation failed: Invalid PathInputValue format: a b",
    ]],
    ["detail", f.send("POST", []), [400, "application/json", '{"detail":"Missing data"}']],
    ["404", f.request("GET", `/accounts/${f.accountId}/entities/1`, all), [
      404,
      "application/json",
      '{"detail":"No such entity"}',
    ]],
    ["422", f.request("POST", "/accounts/abc/values", { ...all, body: "[]" }), [
      422,
      "application/json",
      '{"detail":[{"loc":["path","account_id"],"msg":"value is not a valid integer","type":"type_error.integer"}]}',
    ]],
    ["unhandled", f.request("POST", values, { body: "x" }), [
      500,
      "text/plain; charset=utf-8",
      INTERNAL,
    ]],
  ];
  for (const [row, answer, expected] of rows) {
    const { status, type, text } = await answer;
    assertEquals([status, type, text], expected, row);
  }
});

testBoth("Sandbox §0 nginx refuses bodies of more than 1 MiB with a page", async (f) => {
  const item = '{"p":"a","v":1}';
  const fits = `[${item}${" ".repeat(1024 * 1024 - item.length - 2)}]`;
  assertEquals((await f.send("POST", fits)).status, 204, "1 MiB");
  const reply = await f.send("POST", `${fits} `);
  assertEquals([reply.status, reply.type], [413, "text/html"]);
  assertMatch(reply.text, /^<html>[^]*413 Request Entity Too Large/);
}, { nginx: true });

testHandler("Sandbox §5 accepts 20 MiB without nginx", async (f) => {
  const item = '{"p":"a","v":1}';
  assertEquals((await f.send("POST", `[${item}${" ".repeat(20 * 1024 * 1024)}]`)).status, 204);
});

Deno.test("Sandbox §1 reports the state of the installation", async () => {
  const sandbox = new Sandbox({ ready: false });
  const status = async (): Promise<string> => {
    const response = await sandbox.fetch("http://sandbox/api/status/info");
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    return await response.text();
  };
  const rest =
    `"cors_domains":[],"mqtt_ws_hostname":"localhost","mqtt_ws_port":"9883","enable_signup":false}`;
  assertEquals(
    await status(),
    `{"alive":true,"db_migration_needed":true,"db_version":0,"user_exists":null,${rest}`,
  );
  const anyToken = `http://sandbox/api/profile?b=${crypto.randomUUID()}`;
  const early = await sandbox.fetch(anyToken);
  assertEquals([early.status, await early.text()], [500, UNVALIDATED], "well-formed token");
  const malformed = await sandbox.fetch("http://sandbox/api/profile?b=x");
  assertEquals(malformed.status, 401, "malformed token");
  sandbox.migrate();
  assertEquals(
    await status(),
    `{"alive":true,"db_migration_needed":false,"db_version":30,"user_exists":false,${rest}`,
  );
  assertEquals((await sandbox.fetch(anyToken)).status, 401, "unknown token");
  sandbox.createFirstUser();
  assertEquals(
    await status(),
    `{"alive":true,"db_migration_needed":false,"db_version":30,"user_exists":true,${rest}`,
  );
});
