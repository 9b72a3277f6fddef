import { assertEquals, assertMatch } from "@std/assert";
import type { Grant, Method } from "../../../src/testing/mod.ts";
import { type Caller, detail, invalid, testCalls } from "../caller.ts";
import { DENIED, FORBIDDEN, INTERNAL, NOT_ALLOWED } from "../fixture.ts";

const ALL: readonly Method[] = ["GET", "POST", "PUT", "DELETE"];
const NO_BOT = detail("No such bot");
const NO_TOKEN = "Not enough permissions to see this bot's token";
const THERMO = { name: "thermo bot", protocol: "thermo" };

/** Adds an account and returns the resource of its bots. */
function addAccount(c: Caller): string {
  return `accounts/${c.sandbox.addAccount().id}/bots`;
}

/** The `Authorization` header of a new person with these permissions. */
function person(c: Caller, ...permissions: Grant[]): { readonly as: string } {
  return { as: c.sandbox.addPerson({ permissions }).authorization };
}

testCalls("Sandbox §14 creates bots, also several of one name", async (c) => {
  const bots = addAccount(c);
  const first = await c.json("POST", bots, THERMO);
  const account = Number(bots.split("/")[1]);
  assertEquals(first, {
    id: first.id,
    ...THERMO,
    tied_to_account: account,
    config: null,
    insert_time: Math.floor(c.now),
    last_login: null,
  });
  const second = await c.json("POST", bots, THERMO);
  const custom = await c.json("POST", bots, { name: "custom" });
  assertEquals(custom.protocol, null);
  const { config: _, ...listed } = second;
  const { list } = await c.json("GET", bots);
  assertEquals(list.map(({ id }: { id: number }) => id), [custom.id, second.id, first.id]);
  assertEquals(list[1], listed, "a list is without config");
  await c.expect(["GET", `${bots}/${first.id}`], 200, first);
  assertEquals((await c.json("GET", "bots")).list, [], "none of them is systemwide");
});

testCalls("Sandbox §14 refuses invalid bots", async (c) => {
  const bots = addAccount(c);
  const rows: [unknown, number, string][] = [
    [{}, 400, invalid("'name' is a required property")],
    [
      { ...THERMO, token: "x" },
      400,
      invalid("Additional properties are not allowed ('token' was unexpected)"),
    ],
    [{ name: 5 }, 400, invalid("5 is not of type 'string'")],
    [{ ...THERMO, protocol: 5 }, 400, invalid("5 is not of type 'string', 'null'")],
    [{ ...THERMO, config: {} }, 400, invalid("{} is not of type 'string', 'null'")],
    ["not JSON", 500, INTERNAL],
  ];
  for (const [body, status, text] of rows) await c.expect(["POST", bots, body], status, text);
  assertEquals((await c.json("GET", bots)).list, []);
  await c.expect(
    ["POST", "bots", { ...THERMO, config: null }],
    400,
    invalid("Additional properties are not allowed ('config' was unexpected)"),
  );
});

testCalls("Sandbox §14 stores the configuration of a bot as JSON text", async (c) => {
  const bots = addAccount(c);
  const bot = await c.json("POST", bots, { ...THERMO, config: '{"a": 1.0}' });
  assertEquals(bot.config, { a: 1 });
  await c.expect(["PUT", `${bots}/${bot.id}`, { name: "x", protocol: "thermo" }], 204, "");
  assertEquals((await c.json("GET", `${bots}/${bot.id}`)).config, null, "a PUT replaces it");
  await c.expect(["POST", bots, { ...THERMO, name: "lost", config: "{" }], 500, INTERNAL);
  const { list } = await c.json("GET", "bots");
  assertEquals(list.length, 1, "a bot without account is left behind");
  assertEquals([list[0].name, list[0].tied_to_account], ["lost", null]);
  assertEquals((await c.json("GET", bots)).list.length, 1);
});

testCalls("Sandbox §14 leaves a systemwide bot behind for an unknown account", async (c) => {
  await c.expect(["POST", "accounts/1/bots", THERMO], 500, INTERNAL);
  assertEquals((await c.json("GET", "bots")).list[0].name, THERMO.name);
});

testCalls("Sandbox §14 changes and deletes bots", async (c) => {
  const bots = addAccount(c);
  const { id, token } = c.sandbox.addBot({
    protocol: "thermo",
    account: Number(bots.split("/")[1]),
  });
  await c.expect(["PUT", `${bots}/${id}`, { name: "new" }], 204, "");
  const bot = await c.json("GET", `${bots}/${id}`);
  assertEquals([bot.name, bot.protocol], ["new", null], "without a protocol it becomes null");
  await c.expect(["PUT", `${bots}/1`, { name: "new" }], 404, NO_BOT);
  await c.expect(["PUT", `${addAccount(c)}/${id}`, { name: "new" }], 404, NO_BOT);
  await c.expect(["POST", `${bots}/${id}/token`], 405, NOT_ALLOWED);
  await c.expect(["DELETE", `${bots}/${id}`], 204, "");
  await c.expect(["DELETE", `${bots}/${id}`], 404, NO_BOT);
  await c.expect(["GET", `${bots}/${id}`], 404, NO_BOT);
  await c.expect(["GET", `profile?b=${token}`, undefined, { as: null }], 401, DENIED);
});

testCalls("Sandbox §14 forbids a bot to delete or permit itself", async (c) => {
  const bots = addAccount(c);
  const account = Number(bots.split("/")[1]);
  const { id, token } = c.sandbox.addBot({ protocol: "x", account, permissions: "all" });
  const none = { as: null };
  await c.expect(
    ["DELETE", `${bots}/${id}?b=${token}`, undefined, none],
    403,
    detail("Can't delete yourself"),
  );
  const self = detail("Can't grant permissions to yourself");
  const permission = { resource_prefix: `${bots}`, methods: null };
  await c.expect(["POST", `${bots}/${id}/permissions?b=${token}`, permission, none], 403, self);
  await c.expect(
    ["DELETE", `${bots}/${id}/permissions/1?b=${token}`, undefined, none],
    403,
    self,
  );
});

testCalls("Sandbox §14 grants permissions, also twice, and revokes them", async (c) => {
  const bots = addAccount(c);
  const { id } = await c.json("POST", bots, THERMO);
  const permissions = `${bots}/${id}/permissions`;
  const token = (await c.json("GET", `${bots}/${id}/token`)).token;
  assertMatch(token, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  const asBot = [`${bots}?b=${token}`, undefined, { as: null }] as const;
  await c.expect(["GET", ...asBot], 403, FORBIDDEN);
  const body = { resource_prefix: `${bots}//`, methods: ["GET", "PUT"] };
  const first = await c.json("POST", permissions, body);
  assertEquals(first, {
    user_id: id,
    resource_prefix: bots,
    methods: ["GET", "PUT"],
    id: first.id,
  });
  assertEquals((await c.call("GET", ...asBot)).status, 200, "it takes effect at once");
  await c.json("POST", permissions, body);
  const { list } = await c.json("GET", permissions);
  assertEquals(list.length, 2);
  assertEquals(list.every((row: { methods: string[] }) => row.methods.length === 2), true);
  for (const row of list) await c.expect(["DELETE", `${permissions}/${row.id}`], 204, "");
  await c.expect(
    ["DELETE", `${permissions}/${list[0].id}`],
    404,
    detail("No such permission"),
  );
  await c.expect(["PUT", `${permissions}/1`, body], 405, NOT_ALLOWED);
  await c.expect(["GET", ...asBot], 403, FORBIDDEN);
  await c.expect(["GET", `${bots}/1/permissions`], 404, NO_BOT);
  await c.expect(["POST", `${bots}/1/permissions`, body], 404, NO_BOT);
});

testCalls("Sandbox §14 refuses invalid permissions", async (c) => {
  const bots = addAccount(c);
  const { id } = await c.json("POST", bots, THERMO);
  const rows: [unknown, string][] = [
    [{ methods: null }, "'resource_prefix' is a required property"],
    [{ resource_prefix: null }, "'methods' is a required property"],
    [{ resource_prefix: "x", methods: [] }, "[] is too short"],
    [{ resource_prefix: "x", methods: ["GET", "GET"] }, "['GET', 'GET'] has non-unique elements"],
    [
      { resource_prefix: "x", methods: ["PATCH"] },
      "'PATCH' is not one of ['GET', 'POST', 'PUT', 'DELETE']",
    ],
    [{ resource_prefix: "x", methods: "GET" }, "'GET' is not of type 'array', 'null'"],
  ];
  for (const [body, text] of rows) {
    await c.expect(["POST", `${bots}/${id}/permissions`, body], 400, invalid(text));
  }
  for (const prefix of ["", "/accounts"]) {
    const body = { resource_prefix: prefix, methods: null };
    assertEquals((await c.json("POST", `${bots}/${id}/permissions`, body)).resource_prefix, prefix);
  }
});

testCalls("Sandbox §13 grants what ONE permission of the granter covers", async (c) => {
  const bots = addAccount(c);
  const account = bots.replace("/bots", "");
  const { id } = await c.json("POST", bots, THERMO);
  const refused = detail("Can't grant permission you don't have");
  const wanted: [prefix: string | null, methods: readonly Method[] | null][] = [
    [`${account}/values`, ["POST", "PUT"]],
    [`${account}/values`, null],
    [account, ["GET"]],
    ["accounts", ["GET"]],
    [null, ["GET"]],
  ];
  const rows: [string, Grant[], boolean[]][] = [
    ["null, null", [{ prefix: null }], [true, true, true, true, true]],
    ["null, all four", [{ prefix: null, methods: ALL }], [true, false, true, true, true]],
    ["accounts, null", [{ prefix: "accounts" }], [true, true, true, true, false]],
    ["A, null", [{ prefix: account }], [true, true, true, false, false]],
    ["A, all four", [{ prefix: account, methods: ALL }], [true, false, true, false, false]],
    ["A, two by two", [
      { prefix: account, methods: ["GET", "POST"] },
      { prefix: account, methods: ["PUT", "DELETE"] },
    ], [false, false, true, false, false]],
    ["A by name", [{ prefix: `${account}/bots` }, { prefix: `${account}/value` }], [
      ...Array<boolean>(5).fill(false),
    ]],
  ];
  for (const [row, permissions, granted] of rows) {
    const options = person(c, ...permissions);
    for (const [index, [resource_prefix, methods]] of wanted.entries()) {
      const body = { resource_prefix, methods };
      const reply = await c.call("POST", `${bots}/${id}/permissions`, body, options);
      const name = `${row}: ${JSON.stringify(body)}`;
      assertEquals(reply.status, granted[index] ? 201 : 403, name);
      if (!granted[index]) assertEquals(reply.text, refused, name);
    }
  }
});

testCalls("Sandbox §13 shows a token to who may create bots by any method", async (c) => {
  const bots = addAccount(c);
  const account = bots.replace("/bots", "");
  const { id, token } = c.sandbox.addBot({ protocol: "thermo", account: Number(account.slice(9)) });
  const noPost = detail(`${NO_TOKEN} - POST to accounts/:account_id/bots not allowed`);
  const rows: [string, Grant[], string][] = [
    ["null, null", [{ prefix: null }], JSON.stringify({ token })],
    ["accounts, null", [{ prefix: "accounts" }], JSON.stringify({ token })],
    ["A, null", [{ prefix: account }], JSON.stringify({ token })],
    ["null, all four", [{ prefix: null, methods: ALL }], noPost],
    ["A, all four", [{ prefix: account, methods: ALL }], noPost],
    [
      "A, all four, and A/bots, null",
      [{ prefix: account, methods: ALL }, { prefix: bots }],
      JSON.stringify({ token }),
    ],
    ["A/bots, null", [{ prefix: bots }], detail(NO_TOKEN)],
    ["A, GET and POST", [{ prefix: account, methods: ["GET", "POST"] }], detail(NO_TOKEN)],
    ["none", [], FORBIDDEN],
  ];
  for (const [row, permissions, text] of rows) {
    const reply = await c.call("GET", `${bots}/${id}/token`, undefined, person(c, ...permissions));
    assertEquals([reply.status, reply.text], [text.includes(token) ? 200 : 403, text], row);
  }
  await c.expect(["GET", `${bots}/1/token`], 404, NO_BOT);
  await c.expect(["GET", `${addAccount(c)}/${id}/token`], 404, NO_BOT);
});

testCalls("Sandbox §14 manages systemwide bots", async (c) => {
  const bot = await c.json("POST", "bots", THERMO);
  assertEquals([bot.tied_to_account, bot.config], [null, null]);
  await c.expect(["GET", `bots/${bot.id}`], 200, bot);
  const { config: _, ...listed } = bot;
  await c.expect(["GET", "bots", undefined, person(c)], 200, { list: [listed] });
  await c.expect(["POST", "bots", THERMO, person(c)], 403, FORBIDDEN);
  await c.expect(["PUT", `bots/${bot.id}`, { name: "new" }], 204, "");
  const permissions = `bots/${bot.id}/permissions`;
  const body = { resource_prefix: "accounts", methods: null };
  const granted = await c.json("POST", permissions, body);
  assertEquals(Object.keys(granted), ["id"]);
  await c.expect(["GET", permissions], 200, { list: [{ id: granted.id, ...body }] });
  await c.expect(["DELETE", `${permissions}/${granted.id}`], 204, "");
  await c.expect(["DELETE", `${permissions}/${granted.id}`], 403, detail("No such permission"));
  await c.expect(["POST", "bots/1/permissions", body], 400, detail("Invalid parameters"));
  await c.expect(["GET", "bots/1/permissions"], 200, { list: [] });
  const { token } = await c.json("GET", `bots/${bot.id}/token`);
  assertEquals((await c.call("GET", `profile?b=${token}`, undefined, { as: null })).status, 200);
  const noPost = detail(`${NO_TOKEN} - POST to /bots not allowed`);
  const limited = person(c, { prefix: "bots", methods: ALL });
  await c.expect(["GET", `bots/${bot.id}/token`, undefined, limited], 403, noPost);
  await c.expect(["DELETE", `bots/${bot.id}`], 204, "");
  for (const path of ["bots/1", "bots/1/token"]) await c.expect(["GET", path], 404, NO_BOT);
  await c.expect(["DELETE", "bots/1"], 404, NO_BOT);
});

testCalls("Sandbox §14 separates bots of accounts from systemwide ones", async (c) => {
  const bots = addAccount(c);
  const ofAccount = await c.json("POST", bots, THERMO);
  const systemwide = await c.json("POST", "bots", THERMO);
  await c.expect(["GET", `bots/${ofAccount.id}`], 404, NO_BOT);
  await c.expect(["GET", `bots/${ofAccount.id}/token`], 404, NO_BOT);
  await c.expect(["GET", `${bots}/${systemwide.id}`], 404, NO_BOT);
  await c.expect(["GET", `${bots}/${systemwide.id}/permissions`], 404, NO_BOT);
  await c.expect(["PUT", `bots/${ofAccount.id}`, { name: "changed all the same" }], 204, "");
  await c.expect(["DELETE", `bots/${ofAccount.id}`], 204, "");
  assertEquals((await c.json("GET", bots)).list, []);
});

testCalls(
  "Sandbox §4 shows an entity without its bot once that changed its protocol",
  async (c) => {
    const bots = addAccount(c);
    const account = Number(bots.split("/")[1]);
    const bot = c.sandbox.addBot({ protocol: "thermo", account });
    const credential = c.sandbox.addCredential(account, { protocol: "thermo" });
    const entity = c.sandbox.addEntity(account, { protocols: { thermo: { credential, bot } } });
    const shown = async (): Promise<number | null> =>
      (await c.json("GET", `accounts/${account}/entities/${entity.id}`)).protocols.thermo.bot;
    assertEquals(await shown(), bot.id);
    await c.json("PUT", `${bots}/${bot.id}`, { name: "x" });
    assertEquals(await shown(), null);
    await c.json("PUT", `${bots}/${bot.id}`, { name: "x", protocol: "thermo" });
    assertEquals(await shown(), bot.id);
  },
);
