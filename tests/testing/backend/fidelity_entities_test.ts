import { assertEquals } from "@std/assert";
import { assertReply, type Fixture, INTERNAL, type Reply, testHandler } from "../fixture.ts";

function write(f: Fixture, method: string, path: string, body?: unknown): Promise<Reply> {
  return f.request(method, `/accounts/${f.accountId}${path}`, {
    token: f.master.token,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

// deno-lint-ignore no-explicit-any -- arbitrary JSON
async function read(f: Fixture, id: number): Promise<any> {
  return JSON.parse((await write(f, "GET", `/entities/${id}`)).text);
}

testHandler("Sandbox §7 creates, changes and deletes entities", async (f) => {
  const ping = {
    credential: f.credential.id,
    bot: f.bot.id,
    sensors: [{ sensor: f.sensors[0]!.id, interval: 30 }],
  };
  const created = await write(f, "POST", "/entities/", {
    name: "if 1",
    entity_type: "interface",
    details: { snmp_index: "1", n: 1.0 },
    parent: f.entity.id,
    protocols: { ping },
  });
  assertEquals(created.status, 201);
  const { id } = JSON.parse(created.text);
  assertEquals(created.text, `{"id":${id}}`);
  assertEquals(await read(f, id), {
    id,
    name: "if 1",
    entity_type: "interface",
    parent: f.entity.id,
    details: { snmp_index: "1", n: 1 },
    protocols: { ping },
  });
  const changes = { name: "if 2", entity_type: "x", details: {}, parent: null };
  assertReply(await write(f, "PUT", `/entities/${id}`, changes), 204, "", "PUT");
  assertEquals(await read(f, id), {
    id,
    name: "if 2",
    entity_type: "x",
    parent: f.entity.id,
    details: {},
    protocols: {},
  }, "the parent is ignored; protocols that are left out are removed");
  assertReply(await write(f, "DELETE", `/entities/${id}`), 204, "", "DELETE");
  const none = '{"detail":"No such entity"}';
  assertReply(await write(f, "DELETE", `/entities/${id}`), 404, none, "DELETE again");
  assertReply(await write(f, "PUT", `/entities/${id}`, changes), 404, none, "PUT");
});

testHandler("Sandbox §7 deletes the parts of a deleted entity", async (f) => {
  const part = f.sandbox.addEntity(f.accountId, { parent: f.entity });
  const partOfPart = f.sandbox.addEntity(f.accountId, { parent: part });
  await write(f, "DELETE", `/entities/${f.entity.id}`);
  assertEquals((await write(f, "GET", `/entities/${partOfPart.id}`)).status, 404);
});

testHandler("Sandbox §7 refuses invalid entities with a reason", async (f) => {
  const good = { name: "a", entity_type: "device", details: {} };
  const use = { credential: f.credential.id, bot: f.bot.id, sensors: [] };
  const snmp = f.sandbox.addCredential(f.accountId, { protocol: "snmp" });
  const other = f.sandbox.addAccount();
  const foreignBot = f.sandbox.addBot({ protocol: "ping", account: other });
  const otherBot = f.sandbox.addBot({ protocol: "snmp", account: f.accountId });
  const rows: [string, unknown, string][] = [
    ["no name", { entity_type: "x", details: {} }, "'name' is a required property"],
    ["nothing", {}, "'name' is a required property"],
    ["no details", { name: "a", entity_type: "x" }, "'details' is a required property"],
    ["list", [], "[] is not of type 'object'"],
    ["null", "null", "None is not of type 'object'"],
    [
      "extra",
      { ...good, x: 1 },
      "Additional properties are not allowed ('x' was unexpected)",
    ],
    [
      "two extra",
      { ...good, x: 1, y: 1 },
      "Additional properties are not allowed ('x', 'y' were unexpected)",
    ],
    ["name of a wrong type", { ...good, name: 5 }, "5 is not of type 'string'"],
    ["parent of a wrong type", { ...good, parent: "1" }, "'1' is not of type 'number', 'null'"],
    ["nearest to the root", { name: 5, entity_type: "x" }, "'details' is a required property"],
    [
      "no sensors",
      { ...good, protocols: { ping: { credential: 1, bot: 1 } } },
      "'sensors' is a required property",
    ],
    [
      "bot null",
      { ...good, protocols: { ping: { ...use, bot: null } } },
      "None is not of type 'string', 'number'",
    ],
    [
      "unknown credential",
      { ...good, protocols: { ping: { ...use, credential: 1 } } },
      "Invalid credential for this account/protocol combination: 1",
    ],
    [
      "credential of another protocol",
      { ...good, protocols: { ping: { ...use, credential: snmp.id } } },
      `Invalid credential for this account/protocol combination: ${snmp.id}`,
    ],
    [
      "unknown bot",
      { ...good, protocols: { ping: { ...use, bot: 1 } } },
      "Invalid bot for this account: 1",
    ],
    [
      "bot of another account",
      { ...good, protocols: { ping: { ...use, bot: foreignBot.id } } },
      `Invalid bot for this account: ${foreignBot.id}`,
    ],
    [
      "bot of another protocol",
      { ...good, protocols: { ping: { ...use, bot: otherBot.id } } },
      `Invalid bot for this protocol: ${otherBot.id}`,
    ],
    [
      "unknown sensor",
      { ...good, protocols: { ping: { ...use, sensors: [{ sensor: 1, interval: 1 }] } } },
      "Invalid sensor for this account/protocol combination: 1",
    ],
  ];
  const count = (): number => f.sandbox.requests.count;
  const before = count();
  for (const [row, body, text] of rows) {
    const expected = `Input validation failed: ${text}`;
    assertReply(await write(f, "POST", "/entities", body), 400, expected, `POST ${row}`);
    const reply = await write(f, "PUT", `/entities/${f.entity.id}`, body);
    assertReply(reply, 400, expected, `PUT ${row}`);
  }
  assertEquals(count() - before, rows.length * 2);
  const { list } = JSON.parse((await write(f, "GET", "/entities")).text);
  assertEquals(list.length, 1, "nothing was created");
  assertEquals(Object.keys(list[0].protocols), ["ping"], "nor changed");
});

testHandler("Sandbox §7 accepts systemwide bots and ids as text", async (f) => {
  const created = await write(f, "POST", "/entities", {
    name: "a",
    entity_type: "device",
    details: {},
    protocols: {
      ping: {
        credential: String(f.credential.id),
        bot: String(f.master.id),
        sensors: [{ sensor: String(f.sensors[0]!.id), interval: null }],
      },
    },
  });
  assertEquals(created.status, 201);
  const { protocols } = await read(f, JSON.parse(created.text).id);
  assertEquals(protocols.ping.bot, f.master.id);
});

testHandler("Sandbox §7 fails with 500 on an unknown parent, and creates nothing", async (f) => {
  const body = { name: "a", entity_type: "x", details: {}, parent: 1 };
  assertReply(await write(f, "POST", "/entities", body), 500, INTERNAL, "unknown parent");
  assertEquals(JSON.parse((await write(f, "GET", "/entities")).text).list.length, 1);
});

testHandler(
  "Sandbox §7 fails with 500 on some sensors, and leaves an entity half-created",
  async (f) => {
    const [first, second] = f.sensors.map(({ id }) => id);
    const rows: [string, unknown[]][] = [
      ["without interval", [{ sensor: first, interval: 5 }, { sensor: second }]],
      ["twice", [{ sensor: first, interval: 5 }, { sensor: first, interval: 6 }]],
      ["interval too large", [{ sensor: first, interval: 5 }, { sensor: second, interval: 3e9 }]],
    ];
    for (const [row, sensors] of rows) {
      const body = {
        name: `half ${row}`,
        entity_type: "device",
        details: {},
        protocols: { ping: { credential: f.credential.id, bot: f.bot.id, sensors } },
      };
      assertReply(await write(f, "POST", "/entities", body), 500, INTERNAL, row);
      const { list } = JSON.parse((await write(f, "GET", "/entities")).text);
      const half = list.find(({ name }: { name: string }) => name === body.name);
      const left = [{ sensor: first, interval: 5 }];
      assertEquals(half.protocols.ping.sensors, left, `POST ${row}`);
      const put = await write(f, "PUT", `/entities/${f.entity.id}`, { ...body, name: row });
      assertReply(put, 500, INTERNAL, `PUT ${row}`);
      assertEquals((await read(f, f.entity.id)).protocols.ping.sensors, left, `PUT ${row}`);
    }
  },
);

testHandler("Sandbox §7 stores intervals as whole numbers", async (f) => {
  const rows = [[0.4, 0], [1.5, 2], [2.5, 3], [-1.5, -2], [0, 0], [-5, -5], [null, null]];
  for (const [interval, stored] of rows) {
    const reply = await write(f, "PUT", `/entities/${f.entity.id}`, {
      name: "a",
      entity_type: "device",
      details: {},
      protocols: {
        ping: {
          credential: f.credential.id,
          bot: f.bot.id,
          sensors: [{ sensor: f.sensors[0]!.id, interval }],
        },
      },
    });
    assertEquals(reply.status, 204);
    const { protocols } = await read(f, f.entity.id);
    assertEquals(protocols.ping.sensors[0].interval, stored, `${interval}`);
  }
});

testHandler("Sandbox §4 creates, changes and deletes credentials and sensors", async (f) => {
  const credential = { name: "c", protocol: "snmp", details: { community: "public" } };
  const sensor = { ...credential, name: "s", default_interval: 1.5 };
  for (const [list, body] of [["credentials", credential], ["sensors", sensor]] as const) {
    const created = await write(f, "POST", `/${list}`, body);
    assertEquals(created.status, 201, list);
    const path = `/${list}/${JSON.parse(created.text).id}`;
    assertEquals((await write(f, "PUT", path, { ...body, name: "d" })).status, 204, list);
    const { name, default_interval } = JSON.parse((await write(f, "GET", path)).text);
    assertEquals([name, default_interval], ["d", list === "sensors" ? 2 : undefined], list);
    assertReply(
      await write(f, "POST", `/${list}`, {}),
      400,
      "Input validation failed: 'name' is a required property",
      list,
    );
    const same = await write(f, "POST", `/${list}`, { ...body, name: "d" });
    assertReply(same, 500, INTERNAL, `${list}: names are unique`);
    assertEquals((await write(f, "DELETE", path)).status, 204, list);
    assertEquals((await write(f, "DELETE", path)).status, 404, list);
    assertEquals((await write(f, "PUT", path, body)).status, 404, list);
  }
});
