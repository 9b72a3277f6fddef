import { assertEquals } from "@std/assert";
import { type Caller, detail, invalid, testCalls } from "../caller.ts";
import { FORBIDDEN, INTERNAL, NOT_ALLOWED } from "../fixture.ts";

/** The records of an account: protocol, name and default interval, by name. */
async function recordsOf(c: Caller, account: number, name: string): Promise<unknown[]> {
  const { list } = await c.json("GET", `accounts/${account}/${name}`);
  return list
    .map((
      { protocol, name, default_interval }: Record<string, unknown>,
    ) => [protocol, name, ...default_interval === undefined ? [] : [default_interval]])
    .sort((a: string[], b: string[]) => a[1]! < b[1]! ? -1 : 1);
}

testCalls("Sandbox §13 creates accounts, also two of one name, with records", async (c) => {
  const created = await c.call("POST", "admin/accounts", { name: "Home" });
  assertEquals(created.status, 201);
  const { id } = JSON.parse(created.text);
  assertEquals(created.text, `{"name":"Home","id":${id}}`);
  await c.json("POST", "admin/accounts", { name: "Home" });
  await c.json("POST", "admin/accounts", { name: "" });
  const { list } = await c.json("GET", "admin/accounts");
  assertEquals(list.map(({ name }: { name: string }) => name), ["", "Home", "Home"]);
  await c.expect(["GET", "accounts"], 200, { list });
  assertEquals(await recordsOf(c, id, "credentials"), [
    ["ping", "Default ICMP ping credential (3 packets)"],
    ["netflow", "Default NetFlow credential"],
    ["snmp", "Default SNMP credential (SNMPv2c, 'public')"],
  ]);
  const sensors = [
    ["ping", "Default ICMP ping sensor", 60],
    ["netflow", "Default NetFlow sensor", null],
    ["snmp", "Linux lmsensors - temperature [°C]", 60],
    ["snmp", "Traffic IN [bps]", 60],
    ["snmp", "Traffic OUT [bps]", 60],
  ];
  assertEquals(await recordsOf(c, id, "sensors"), sensors);
  for (const name of ["entities", "bots", "dashboards"]) {
    await c.expect(["GET", `accounts/${id}/${name}`], 200, { list: [] });
  }
  const added = c.sandbox.addAccount({ defaults: true });
  assertEquals(await recordsOf(c, added.id, "sensors"), sensors, "addAccount");
  assertEquals(await recordsOf(c, c.sandbox.addAccount().id, "sensors"), [], "without defaults");
});

testCalls("Sandbox §13 refuses invalid accounts", async (c) => {
  const missing = { loc: ["body", "name"], msg: "field required", type: "value_error.missing" };
  await c.expect(["POST", "admin/accounts", {}], 422, { detail: [missing] });
  await c.expect(["POST", "admin/accounts", { name: "a", id: 1 }], 422, {
    detail: [{
      loc: ["body", "id"],
      msg: "extra fields not permitted",
      type: "value_error.extra",
    }],
  });
  await c.expect(["POST", "accounts", { name: "a" }], 405, NOT_ALLOWED);
  assertEquals((await c.json("GET", "accounts")).list, []);
});

testCalls("Sandbox §13 renames an account, and deletes none", async (c) => {
  const { id } = c.sandbox.addAccount({ name: "old" });
  await c.expect(["PUT", `accounts/${id}`, { name: "new" }], 204, "");
  await c.expect(["GET", `accounts/${id}`], 200, { id, name: "new" });
  await c.expect(["GET", "accounts"], 200, { list: [{ id, name: "new" }] });
  await c.expect(["PUT", "accounts/1", { name: "new" }], 404, detail("No such account"));
  await c.expect(
    ["PUT", `accounts/${id}`, {}],
    400,
    invalid("'name' is a required property"),
  );
  const reply = await c.call("DELETE", `accounts/${id}`);
  assertEquals([reply.status, reply.headers.get("allow")], [405, "GET"]);
});

testCalls(
  "Sandbox §13 lists nothing below an unknown account, and fails with 500 on POST",
  async (c) => {
    for (const name of ["entities", "credentials", "sensors", "bots", "dashboards"]) {
      await c.expect(["GET", `accounts/1/${name}`], 200, { list: [] });
    }
    const credential = { name: "c", protocol: "x", details: {} };
    await c.expect(["POST", "accounts/1/credentials", credential], 500, INTERNAL);
    const sensor = { ...credential, default_interval: 60 };
    await c.expect(["POST", "accounts/1/sensors", sensor], 500, INTERNAL);
    const entity = { name: "e", entity_type: "device", details: {} };
    await c.expect(["POST", "accounts/1/entities", entity], 500, INTERNAL);
    await c.expect(["GET", "accounts/1"], 404, detail("No such account"));
  },
);

testCalls("Sandbox §13 shows people the accounts of their permissions", async (c) => {
  const home = c.sandbox.addAccount({ name: "Home" });
  const work = c.sandbox.addAccount({ name: "Work" });
  const rows: [string | null, readonly string[], boolean][] = [
    ["accounts", ["Home", "Work"], false],
    [`accounts/${home.id}`, ["Home"], false],
    [`accounts/${work.id}/values`, ["Work"], false],
    ["persons", [], false],
    [null, ["Home", "Work"], true],
  ];
  for (const [prefix, names, creates] of rows) {
    const as = c.sandbox.addPerson({ permissions: [{ prefix }] }).authorization;
    const { list } = await c.json("GET", "accounts", undefined, { as });
    assertEquals(list.map(({ name }: { name: string }) => name), names, `${prefix}`);
    const created = await c.call("POST", "admin/accounts", { name: "Z" }, { as });
    assertEquals(created.status, creates ? 201 : 403, `${prefix}`);
    if (!creates) await c.expect(["GET", "admin/accounts", undefined, { as }], 403, FORBIDDEN);
  }
});
