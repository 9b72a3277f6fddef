import { assertEquals } from "@std/assert";
import type { Grants } from "../../../src/testing/mod.ts";
import {
  assertReply,
  DENIED,
  FORBIDDEN,
  type RequestOptions,
  testBoth,
  testHandler,
  UNVALIDATED,
} from "../fixture.ts";

testBoth("Sandbox §2 reads a bot's token only from ?b=", async (f) => {
  const { token } = f.bot;
  const headers = [
    ["authorization", `Token ${token}`],
    ["authorization", `token ${token}`],
    ["authorization", `Bearer ${token}`],
    ["authorization", `Bot ${token}`],
    ["authorization", token],
    ["x-api-key", token],
  ] as const;
  for (const [name, value] of headers) {
    const reply = await f.request("GET", "/accounts", { token: null, headers: { [name]: value } });
    assertReply(reply, 401, DENIED, `${name}: ${value}`);
  }
});

testBoth("Sandbox §2 prefers an Authorization header, even an empty one", async (f) => {
  const person = f.sandbox.addPerson();
  const rows: [string, number, string][] = [
    ["", 401, DENIED],
    ["Basic dTpw", 401, DENIED],
    ["Bearer 7:abc", 401, DENIED],
    ["Bearer abc:def", 500, UNVALIDATED],
  ];
  for (const [authorization, status, text] of rows) {
    const reply = await f.request("GET", "/profile", { headers: { authorization } });
    assertReply(reply, status, text, `Authorization: "${authorization}"`);
  }
  const reply = await f.request("GET", "/profile", {
    headers: { authorization: person.authorization },
  });
  assertEquals(reply.status, 200);
  assertEquals(JSON.parse(reply.text).user_type, "person");
  assertEquals(JSON.parse(reply.text).user_id, person.id);
});

testBoth("Sandbox §2 validates the token", async (f) => {
  const { token } = f.bot;
  const other = crypto.randomUUID();
  const rows: [string, string, number, string?][] = [
    ["given", `b=${token}`, 200],
    ["the last of two wins, good", `b=${other}&b=${token}`, 200],
    ["the last of two wins, bad", `b=${token}&b=${other}`, 401, DENIED],
    ["upper case", `b=${token.toUpperCase()}`, 200],
    ["upper case name", `B=${token}`, 401, DENIED],
    ["leading space", `b=%20${token}`, 401, DENIED],
    ["trailing space", `b=${token}%20`, 401, DENIED],
    ["trailing newline", `b=${token}%0A`, 500, UNVALIDATED],
    ["none", "", 401, DENIED],
    ["empty", "b=", 401, DENIED],
    ["malformed", "b=abc", 401, DENIED],
    ["unknown", `b=${other}`, 401, DENIED],
  ];
  for (const [row, query, status, text] of rows) {
    const reply = await f.request("GET", "/profile", { token: null, query });
    assertEquals([reply.status, text && reply.type], [status, text && null], row);
    if (text) assertEquals(reply.text, text, row);
  }
});

testBoth("Sandbox §2 refuses a deleted bot from the next request on", async (f) => {
  assertEquals((await f.request("GET", "/profile")).status, 200);
  f.sandbox.removeBot(f.bot);
  assertReply(await f.request("GET", "/profile"), 401, DENIED, "deleted bot");
});

testBoth(
  "Sandbox §2 answers 500 only to well-formed tokens while the database is down",
  async (f) => {
    f.sandbox.stopDatabase();
    const rows: [string, RequestOptions, number, string][] = [
      ["well-formed", {}, 500, UNVALIDATED],
      ["unknown", { token: crypto.randomUUID() }, 500, UNVALIDATED],
      ["malformed", { token: "x" }, 401, DENIED],
      ["missing", { token: null }, 401, DENIED],
    ];
    for (const [row, options, status, text] of rows) {
      assertReply(await f.request("GET", "/profile", options), status, text, row);
    }
  },
);

testHandler("Sandbox §3 lets a bot without permissions read next to nothing", async (f) => {
  const { token } = f.sandbox.addBot({
    protocol: "ping",
    account: f.accountId,
    permissions: "none",
  });
  assertEquals((await f.request("GET", "/profile", { token })).status, 200);
  assertReply(await f.request("GET", "/profile/permissions", { token }), 200, '{"list":[]}', "own");
  assertReply(await f.request("GET", "/accounts", { token }), 200, '{"list":[]}', "accounts");
  const bots = await f.request("GET", "/bots", { token });
  assertEquals(bots.status, 200);
  assertEquals(JSON.parse(bots.text).list.map(({ id }: { id: number }) => id), [f.master.id]);
  for (const path of ["", "/entities", "/credentials", "/sensors"]) {
    const reply = await f.request("GET", `/accounts/${f.accountId}${path}`, { token });
    assertReply(reply, 403, FORBIDDEN, path);
  }
});

testHandler("Sandbox §3 lets a bot of the UI do what the UI grants", async (f) => {
  const below = `/accounts/${f.accountId}`;
  const own = await f.request("GET", "/profile/permissions");
  assertEquals(
    JSON.parse(own.text).list.map((
      { resource_prefix, methods }: { resource_prefix: string; methods: string[] },
    ) => [resource_prefix, methods]),
    [
      [`accounts/${f.accountId}/credentials`, ["GET"]],
      [`accounts/${f.accountId}/entities`, ["GET"]],
      [`accounts/${f.accountId}/sensors`, ["GET"]],
      [`accounts/${f.accountId}/values`, ["POST", "PUT"]],
    ],
  );
  const rows: [string, string, number][] = [
    ["GET", `${below}/entities`, 200],
    ["GET", `${below}/entities/${f.entity.id}`, 200],
    ["GET", `${below}/credentials`, 200],
    ["GET", `${below}/sensors`, 200],
    ["GET", below, 403],
    ["GET", `${below}/values`, 403],
    ["GET", `${below}/values/a`, 403],
    ["GET", `${below}/paths`, 403],
    ["POST", `${below}/getvalues`, 403],
    ["POST", `${below}/entities`, 403],
    ["PUT", `${below}/entities/${f.entity.id}`, 403],
    ["DELETE", `${below}/entities/${f.entity.id}`, 403],
  ];
  for (const [method, path, status] of rows) {
    assertEquals((await f.request(method, path)).status, status, `${method} ${path}`);
  }
  assertEquals((await f.send("POST", [{ p: "a", v: 1 }])).status, 204);
  assertEquals((await f.send("PUT", [{ p: "a", v: 1, t: 1 }])).status, 204);
});

testHandler("Sandbox §3 lets a default systemwide bot access all accounts", async (f) => {
  const { token } = f.master;
  const own = await f.request("GET", "/profile/permissions", { token });
  const [permission] = JSON.parse(own.text).list;
  assertEquals([permission.resource_prefix, permission.methods], ["accounts", null]);
  const other = f.sandbox.addAccount({ name: "Another" });
  assertEquals(
    JSON.parse((await f.request("GET", "/accounts", { token })).text).list,
    [{ id: other.id, name: "Another" }, { id: f.accountId, name: "Contract" }],
  );
  const entity = `/accounts/${f.accountId}/entities/${f.entity.id}`;
  assertEquals((await f.request("DELETE", entity, { token })).status, 204);
});

testHandler("Sandbox §3 matches a permission as a prefix of whole segments", async (f) => {
  const entities = `accounts/${f.accountId}/entities`;
  const rows: [string, Grants, string, string, number][] = [
    ["exactly", [{ prefix: entities, methods: ["GET"] }], "GET", entities, 200],
    ["slash at its end", [{ prefix: `${entities}/`, methods: ["GET"] }], "GET", entities, 200],
    ["below", [{ prefix: entities }], "GET", `${entities}/${f.entity.id}`, 200],
    ["half a segment", [{ prefix: entities.slice(0, -2) }], "GET", entities, 403],
    ["everything", [{ prefix: null }], "GET", entities, 200],
    ["everything, other method", [{ prefix: null, methods: ["POST"] }], "GET", entities, 403],
    ["everything, unknown URL", [{ prefix: null }], "GET", "nonsense", 404],
    ["HEAD counts as GET", [{ prefix: entities, methods: ["GET"] }], "HEAD", entities, 405],
    ["POST is not GET", [{ prefix: entities, methods: ["POST"] }], "GET", entities, 403],
    [
      "only one item, the list",
      [{ prefix: `${entities}/${f.entity.id}` }],
      "GET",
      entities,
      403,
    ],
    [
      "only one item, the item",
      [{ prefix: `${entities}/${f.entity.id}` }],
      "GET",
      `${entities}/${f.entity.id}`,
      200,
    ],
  ];
  for (const [row, permissions, method, path, status] of rows) {
    const { token } = f.sandbox.addBot({ protocol: "ping", permissions });
    assertEquals((await f.request(method, `/${path}`, { token })).status, status, row);
  }
});

testHandler("Sandbox §3 lists an account for any permission in it", async (f) => {
  const rows: [string, Grants, number][] = [
    ["values only", [{ prefix: `accounts/${f.accountId}/values`, methods: ["POST"] }], 1],
    ["the account", [{ prefix: `accounts/${f.accountId}` }], 1],
    ["accounts", [{ prefix: "accounts", methods: ["DELETE"] }], 1],
    ["everything", [{ prefix: null }], 1],
    ["another account", [{ prefix: "accounts/1/values" }], 0],
    ["something else", [{ prefix: "profile" }], 0],
    ["a longer id", [{ prefix: `accounts/${f.accountId}1` }], 0],
  ];
  for (const [row, permissions, count] of rows) {
    const { token } = f.sandbox.addBot({ protocol: "ping", permissions });
    const { list } = JSON.parse((await f.request("GET", "/accounts", { token })).text);
    assertEquals(list.length, count, row);
  }
});

testHandler("Sandbox §3 applies revoked and granted permissions at once", async (f) => {
  const path = `/accounts/${f.accountId}/entities`;
  f.sandbox.revoke(f.bot);
  assertReply(await f.request("GET", path), 403, FORBIDDEN, "revoked");
  f.sandbox.grant(f.bot, "ui");
  assertEquals((await f.request("GET", path)).status, 200);
});
