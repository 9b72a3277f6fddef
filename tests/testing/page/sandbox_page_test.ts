import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Sandbox, type SandboxPageOptions } from "../../../src/testing/mod.ts";
import { EventReader } from "../../event_reader.ts";

/** A sandbox with a device, and its page. */
async function open(page: true | SandboxPageOptions = true) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount({ name: "Home" });
  const bot = sandbox.addBot({ protocol: "thermo", account });
  const credential = sandbox.addCredential(account, {
    protocol: "thermo",
    details: { password: "hush" },
  });
  const sensor = sandbox.addSensor(account, {
    protocol: "thermo",
    name: "room",
    defaultInterval: 5,
  });
  const device = sandbox.addEntity(account, {
    name: "kitchen",
    protocols: { thermo: { credential, bot, sensors: [sensor] } },
  });
  const server = await sandbox.listen({ page });
  const url = new URL("/", server.url).href;
  const send = async (values: unknown, method = "POST"): Promise<number> => {
    const response = await fetch(`${server.url}/accounts/${account.id}/values?b=${bot.token}`, {
      method,
      headers: { "content-type": "application/json" },
      body: new Blob([JSON.stringify(values)]).stream(),
    });
    await response.body?.cancel();
    return response.status;
  };
  const flip = (name: string, change: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}page/faults/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(change),
    });
  return {
    sandbox,
    account,
    bot,
    device,
    sensor,
    url,
    send,
    flip,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

Deno.test("Sandbox.listen serves a page only if it is asked for", async () => {
  await using server = await new Sandbox().listen();
  const response = await fetch(new URL("/", server.url));
  assertEquals([response.status, await response.text()], [401, "Access denied"], "as Grafolean");
});

Deno.test("Sandbox.listen serves a page with script and stylesheet beside the API", async () => {
  await using f = await open();
  const rows = [["", "text/html"], ["page/page.css", "text/css"], [
    "page/page.js",
    "text/javascript",
  ], ["page/uplot.js", "text/javascript"]];
  for (const [path, type] of rows) {
    const response = await fetch(f.url + path);
    assertEquals(response.status, 200, path);
    assertStringIncludes(response.headers.get("content-type")!, type!);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertMatch(response.headers.get("content-security-policy")!, /default-src 'none'/);
    assert((await response.text()).length > 200, path);
  }
  for (const path of ["page", "page/none", "bot/", "favicon.ico", "apis"]) {
    const response = await fetch(f.url + path);
    assertEquals(response.status, 404, path);
    await response.body?.cancel();
  }
  assertEquals(await f.send([{ p: "a", v: 1 }]), 204);
});

Deno.test("The page of a sandbox gets devices, values before and values as they are stored", async () => {
  await using f = await open();
  const path = `entity.${f.device.id}.thermo.${f.sensor.id}.temperature`;
  await f.send([{ p: path, v: "21.50" }]);
  await using events = await EventReader.open(`${f.url}page/events`);
  const state = await events.next("state");
  assertEquals(state.accounts, [{
    id: f.account.id,
    name: "Home",
    devices: [{
      id: f.device.id,
      name: "kitchen",
      parent: null,
      protocols: ["thermo"],
      sensors: [{ id: f.sensor.id, name: "room", interval: 5 }],
    }],
    more: 0,
  }]);
  const before = await events.next("values");
  assertEquals(before.stored, 1);
  assertEquals(before.rows.map(([, ...row]: unknown[]) => [row[0], row[2], row[3]]), [
    [path, "21.50", false],
  ]);
  await f.send([{ p: path, v: 22, t: 1_800_000_000.5 }, { p: "late", v: 1, t: 1 }], "PUT");
  const { rows } = await events.next("values");
  assertEquals(rows, [
    [f.account.id, path, 1_800_000_000.5, "22", true],
    [f.account.id, "late", 1, "1", false],
  ]);
  f.sandbox.addEntity(f.account, { name: "cellar" });
  const changed = await events.until("state", ({ accounts }) => accounts[0].devices.length === 2);
  assertEquals(changed.accounts[0].devices[1].name, "cellar");
  assert(!events.text.includes("hush") && !events.text.includes(f.bot.token));
});

Deno.test("Sandbox.listen shows a page what changed back since it was opened", async () => {
  await using f = await open();
  const rename = (name: string) => f.sandbox.updateEntity(f.account, f.device, { name });
  const isNamed =
    (name: string) => ({ accounts }: { accounts: { devices: { name: string }[] }[] }) =>
      accounts[0]?.devices[0]?.name === name;
  await using first = await EventReader.open(`${f.url}page/events`);
  for (const _ of ["at first", "with the next change of anything"]) await first.next("state");
  rename("attic");
  await using second = await EventReader.open(`${f.url}page/events`);
  assert(isNamed("attic")(await second.next("state")));
  rename("kitchen");
  await second.until("state", isNamed("kitchen"));
});

Deno.test("The page of a sandbox reads the values of paths for its charts", async () => {
  await using f = await open();
  await f.send(
    [{ p: "a", v: 2, t: 20 }, { p: "a", v: 1, t: 10 }, { p: "b", v: "NaN", t: 5 }],
    "PUT",
  );
  const query = new URLSearchParams([["account", `${f.account.id}`], ["path", "a"], ["path", "b"], [
    "path",
    "none",
  ]]);
  const history = await (await fetch(`${f.url}page/history?${query}`)).json();
  assertEquals(history, [[[10, 20], [1, 2]], [[5], [null]], [[], []]]);
});

Deno.test("The page of a sandbox switches faults on and off, and counts what they affect", async () => {
  await using f = await open();
  await using events = await EventReader.open(`${f.url}page/events`);
  const value = [{ p: "a", v: 1 }];
  for (const [name, status] of [["error", 500], ["token", 401]] as const) {
    const on = await (await f.flip(name, { on: true })).json();
    assertEquals([on.name, on.on, on.hits], [name, true, 0]);
    assertEquals(await f.send(value), status);
    const faults = await events.until(
      "faults",
      (list) =>
        list.some((fault: { name: string; hits: number }) =>
          fault.name === name && fault.hits === 1
        ),
    );
    assertEquals(faults.filter((fault: { on: boolean }) => fault.on).length, 1);
    const off = await (await f.flip(name, { on: false })).json();
    assertEquals([off.on, off.hits], [false, 1], "the count stays");
    assertEquals(await f.send(value), 204);
  }
  await (await f.flip("away", { on: true })).body?.cancel();
  const broken = await f.send(value).catch((error) => error);
  assert(broken instanceof TypeError, String(broken));
  const off = await f.flip("away", { on: false });
  assertEquals((await off.json()).hits >= 1, true, "the page still answers");
});

Deno.test("The page of a sandbox makes one path fail", async () => {
  await using f = await open();
  const missing = await f.flip("path", { on: true });
  assertEquals(missing.status, 400);
  await missing.body?.cancel();
  for (const [path, status] of [["bad", [500, 204]], ["other", [204, 500]]] as const) {
    const on = await (await f.flip("path", { on: true, path })).json();
    assertEquals([on.on, on.path], [true, path]);
    assertEquals([await f.send([{ p: "bad", v: 1 }]), await f.send([{ p: "other", v: 1 }])], [
      ...status,
    ]);
  }
});

Deno.test("The page of a sandbox refuses other pages and what it does not know", async () => {
  await using f = await open();
  const { host } = new URL(f.url);
  const get = { method: "GET" };
  const json = {
    method: "POST",
    body: '{"on":true}',
    headers: { "content-type": "application/json" },
  };
  const rows: [string, RequestInit & { headers?: Record<string, string> }, number][] = [
    ["", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["page/events", { headers: { origin: "https://example.org" } }, 403],
    [
      "page/faults/error",
      { ...json, headers: { ...json.headers, origin: "https://example.org" } },
      403,
    ],
    ["page/faults/error", { ...json, headers: { ...json.headers, origin: "null" } }, 403],
    ["page/faults/error", { ...json, headers: { "content-type": "text/plain" } }, 415],
    ["page/faults/error", { ...json, body: '{"on":1}' }, 400],
    ["page/faults/error", { ...json, body: "{" }, 400],
    ["page/faults/none", json, 404],
    ["page/faults/constructor", json, 404],
    ["page/faults/error", get, 405],
    ["", { method: "POST" }, 405],
    ["page/faults/error", { ...json, headers: { ...json.headers, origin: `http://${host}` } }, 200],
  ];
  for (const [path, init, status] of rows) {
    const response = await fetch(f.url + path, init);
    assertEquals(response.status, status, `${init.method} ${path} ${JSON.stringify(init.headers)}`);
    await response.body?.cancel();
  }
});

Deno.test("Sandbox.listen shows the status page of a bot at /bot/", async () => {
  const asked: string[] = [];
  await using f = await open({
    bot: ({ method }, path) => {
      asked.push(`${method} ${path}`);
      return Promise.resolve(new Response("status"));
    },
  });
  for (const path of ["bot/", "bot/events?x=1"]) {
    assertEquals(await (await fetch(f.url + path)).text(), "status");
  }
  const post = await fetch(`${f.url}bot/`, { method: "POST" });
  assertEquals(post.status, 405);
  await post.body?.cancel();
  assertEquals(asked, ["GET ", "GET events"]);
});

Deno.test("Sandbox.listen switches the faults of the page off when the server closes", async () => {
  const f = await open();
  await (await f.flip("error", { on: true })).body?.cancel();
  await f[Symbol.asyncDispose]();
  assertEquals((await f.sandbox.fetch("http://sandbox/api/status/info")).status, 200);
});
