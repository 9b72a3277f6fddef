import { assertEquals } from "@std/assert";
import { assertReply, testHandler, withFixture } from "../fixture.ts";

testHandler("Sandbox §4 answers a profile", async (f) => {
  const { text } = await f.request("GET", "/profile");
  assertReply(
    await f.request("GET", "/profile"),
    200,
    `{"user_id":${f.bot.id},"user_type":"bot","record":{"id":${f.bot.id},"name":"ping bot","protocol":"ping","tied_to_account":${f.accountId},"config":null,"insert_time":1795451772,"last_login":1795451772}}`,
    "account bot",
  );
  assertEquals(JSON.parse(text).record.last_login, 1795451772);
  const systemwide = await f.request("GET", "/profile", { token: f.master.token });
  assertEquals(JSON.parse(systemwide.text).record.tied_to_account, null);
  const custom = f.sandbox.addBot({ protocol: null, account: f.accountId });
  const reply = await f.request("GET", "/profile", { token: custom.token });
  assertEquals(JSON.parse(reply.text).record.protocol, null);
}, { now: () => 1795451772_500 });

Deno.test("Sandbox §4 updates the last login every 10 s at most", async () => {
  let seconds = 1000;
  await withFixture(async (f) => {
    const lastLogin = async (): Promise<number> =>
      JSON.parse((await f.request("GET", "/profile")).text).record.last_login;
    assertEquals(await lastLogin(), 1000);
    seconds = 1010;
    assertEquals(await lastLogin(), 1000);
    seconds = 1011;
    assertEquals(await lastLogin(), 1011);
  }, { now: () => seconds * 1000 });
});

testHandler("Sandbox §4 lists accounts by name; names need not be unique", async (f) => {
  const { token } = f.master;
  f.sandbox.addAccount({ name: "A", id: 5 });
  f.sandbox.addAccount({ name: "Contract", id: 4 });
  const { list } = JSON.parse((await f.request("GET", "/accounts", { token })).text);
  assertEquals(list.map(({ name }: { name: string }) => name), ["A", "Contract", "Contract"]);
  assertReply(await f.request("GET", "/accounts/5", { token }), 200, '{"id":5,"name":"A"}', "one");
  assertReply(
    await f.request("GET", "/accounts/7", { token }),
    404,
    '{"detail":"No such account"}',
    "none",
  );
});

testHandler("Sandbox §4 shows an entity identically in the list and alone", async (f) => {
  const list = await f.request("GET", `/accounts/${f.accountId}/entities`);
  const [first, second] = f.sensors;
  const entity =
    `{"id":${f.entity.id},"name":"device 0","entity_type":"device","parent":null,"details":{"ipv4":"10.0.0.0"},` +
    `"protocols":{"ping":{"credential":${f.credential.id},"sensors":[{"sensor":${
      first!.id
    },"interval":null},{"sensor":${second!.id},"interval":7}],"bot":${f.bot.id}}}}`;
  assertReply(list, 200, `{"list":[${entity}]}`, "list");
  const item = await f.request("GET", `/accounts/${f.accountId}/entities/${f.entity.id}`);
  assertReply(item, 200, entity, "item");
});

testHandler("Sandbox §4 orders lists by id and ignores filters", async (f) => {
  for (let n = 0; n < 20; n++) {
    f.sandbox.addEntity(f.accountId, { entityType: "interface", parent: f.entity });
    f.sandbox.addCredential(f.accountId, { protocol: "snmp" });
    f.sandbox.addSensor(f.accountId, { protocol: "netflow" });
  }
  for (const [name, count] of [["entities", 21], ["credentials", 21], ["sensors", 22]] as const) {
    const path = `/accounts/${f.accountId}/${name}`;
    const all = await f.request("GET", path);
    const ids: number[] = JSON.parse(all.text).list.map(({ id }: { id: number }) => id);
    assertEquals([ids.length, ids], [count, ids.toSorted((a, b) => a - b)], name);
    const filtered = await f.request("GET", path, {
      query: `parent=${f.entity.id}&entity_type=device`,
    });
    assertEquals(filtered.text, all.text, name);
  }
});

testHandler(
  "Sandbox §4 shows null for a bot that was deleted or changed its protocol",
  async (f) => {
    const botOf = async (): Promise<number | null> => {
      const reply = await f.request("GET", `/accounts/${f.accountId}/entities`, {
        token: f.master.token,
      });
      return JSON.parse(reply.text).list[0].protocols.ping.bot;
    };
    assertEquals(await botOf(), f.bot.id);
    f.sandbox.updateBot(f.bot, { protocol: "snmp" });
    assertEquals(await botOf(), null);
    f.sandbox.updateBot(f.bot, { protocol: "ping" });
    assertEquals(await botOf(), f.bot.id);
    f.sandbox.removeBot(f.bot);
    assertEquals(await botOf(), null);
  },
);

testHandler(
  "Sandbox §4 removes deleted sensors, and protocols of deleted credentials, from entities",
  async (f) => {
    const path = `/accounts/${f.accountId}`;
    const protocols = async (): Promise<Record<string, { sensors: unknown[] }>> =>
      JSON.parse((await f.request("GET", `${path}/entities`)).text).list[0].protocols;
    const { token } = f.master;
    await f.request("DELETE", `${path}/sensors/${f.sensors[0]!.id}`, { token });
    assertEquals((await protocols()).ping?.sensors, [{ sensor: f.sensors[1]!.id, interval: 7 }]);
    await f.request("DELETE", `${path}/sensors/${f.sensors[1]!.id}`, { token });
    assertEquals((await protocols()).ping?.sensors, []);
    await f.request("DELETE", `${path}/credentials/${f.credential.id}`, { token });
    assertEquals(await protocols(), {});
  },
);

testHandler("Sandbox §4 shows half-saved entities for the given number of reads", async (f) => {
  const path = `/accounts/${f.accountId}/entities`;
  const read = async (path: string): Promise<unknown> => {
    const body = JSON.parse((await f.request("GET", path)).text);
    return (body.list?.[0] ?? body).protocols;
  };
  const whole = await read(path);
  f.sandbox.halfSave(f.accountId, f.entity);
  assertEquals([await read(path), await read(path)], [{}, whole], "protocol");
  f.sandbox.halfSave(f.accountId, f.entity, { missing: "sensors", reads: 2 });
  const expected = { ping: { credential: f.credential.id, sensors: [], bot: f.bot.id } };
  assertEquals(await read(`${path}/${f.entity.id}`), expected, "sensors, item");
  assertEquals([await read(path), await read(path)], [expected, whole], "sensors, list");
  const end = f.sandbox.halfSave(f.accountId, f.entity, {
    missing: "bot",
    protocol: "ping",
    reads: Infinity,
  });
  const ping = { ...(whole as { ping: object }).ping, bot: null };
  assertEquals([await read(path), await read(path)], [{ ping }, { ping }], "bot");
  end();
  assertEquals(await read(path), whole);
  f.sandbox.halfSave(f.accountId, f.entity, { protocol: "snmp" });
  assertEquals(await read(path), whole, "another protocol");
});

testHandler("Sandbox §4 answers unknown ids", async (f) => {
  const { token } = f.master;
  const other = f.sandbox.addAccount();
  const foreign = f.sandbox.addEntity(other);
  const below = `/accounts/${f.accountId}`;
  const rows: [string, number, string][] = [
    [`${below}/entities/1`, 404, '{"detail":"No such entity"}'],
    [`${below}/entities/${foreign.id}`, 404, '{"detail":"No such entity"}'],
    [`${below}/entities/99999999999`, 404, '{"detail":"No such entity"}'],
    [`${below}/credentials/1`, 404, '{"detail":"No such credential"}'],
    [`${below}/sensors/1`, 404, '{"detail":"No such sensor"}'],
    ["/accounts/99999999999/sensors", 200, '{"list":[]}'],
  ];
  for (const [path, status, text] of rows) {
    assertReply(await f.request("GET", path, { token }), status, text, path);
  }
});

testHandler(
  "Sandbox §4 shows credentials and sensors identically in the list and alone",
  async (f) => {
    const credential =
      `{"id":${f.credential.id},"name":"ping credential","protocol":"ping","details":{"n_packets":"3"}}`;
    const path = `/accounts/${f.accountId}`;
    assertReply(
      await f.request("GET", `${path}/credentials`),
      200,
      `{"list":[${credential}]}`,
      "list",
    );
    const one = await f.request("GET", `${path}/credentials/${f.credential.id}`);
    assertReply(one, 200, credential, "one credential");
    const sensor = f.sensors[0]!;
    const text =
      `{"id":${sensor.id},"name":"ping sensor 0","protocol":"ping","default_interval":60,"details":{"n":0}}`;
    assertReply(await f.request("GET", `${path}/sensors/${sensor.id}`), 200, text, "one sensor");
    const { list } = JSON.parse((await f.request("GET", `${path}/sensors`)).text);
    assertEquals(list.find(({ id }: { id: number }) => id === sensor.id), JSON.parse(text));
  },
);

testHandler("Sandbox §4 accepts any default interval", async (f) => {
  for (const defaultInterval of [null, 0, -5, 300]) {
    const { id } = f.sandbox.addSensor(f.accountId, { protocol: "netflow", defaultInterval });
    const reply = await f.request("GET", `/accounts/${f.accountId}/sensors/${id}`);
    assertEquals(JSON.parse(reply.text).default_interval, defaultInterval);
  }
});
