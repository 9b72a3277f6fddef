import { assertEquals, assertThrows } from "@std/assert";
import { WireError } from "../../src/grafolean/fields.ts";
import {
  readAccount,
  readCredential,
  readEntity,
  readEntitySensor,
  readList,
  readProfile,
  readProtocol,
  readSensor,
  readStatus,
} from "../../src/grafolean/wire.ts";

// An answer of a real Grafolean.
const ENTITY = JSON.parse(
  `{"id":1365800879,"name":"device 0","entity_type":"device","parent":null,"details":{"ipv4":"10.0.0.0"},` +
    `"protocols":{"ping":{"credential":1023137232,"sensors":[{"sensor":1440734026,"interval":null},` +
    `{"sensor":1043252197,"interval":7}],"bot":1704059233}}}`,
);

function entityOf(json: unknown) {
  return readList({ list: [json] }, "an entity", readEntity).items[0]!;
}

Deno.test("readEntity and readProtocol accept what Grafolean sends", () => {
  const entity = entityOf(ENTITY);
  assertEquals(entity, ENTITY);
  const protocol = readProtocol(entity, "ping")!;
  assertEquals(protocol, ENTITY.protocols.ping);
  assertEquals(readEntitySensor(entity, "ping", protocol.sensors[1], 1), {
    sensor: 1043252197,
    interval: 7,
  });
  assertEquals(readProtocol(entity, "snmp"), undefined);
  assertEquals(readProtocol(entity, "toString"), undefined);
});

Deno.test("readProfile, readAccount, readCredential, readSensor and readStatus accept what Grafolean sends", () => {
  assertEquals(
    readProfile({
      user_id: 1704059233,
      user_type: "bot",
      record: { id: 1704059233, name: "walker", protocol: "snmp" },
    }),
    { user_id: 1704059233, name: "walker", protocol: "snmp" },
  );
  assertEquals(
    readProfile({ user_id: 7 }),
    { user_id: 7, name: "", protocol: null },
  );
  const account = { id: 583897409, name: "Contract" };
  assertEquals(readList({ list: [account] }, "an account", readAccount).items, [account]);
  const credential = { id: 1, name: "c", protocol: "ping", details: { timeout: "1.0" } };
  assertEquals(readList({ list: [credential] }, "a credential", readCredential).items, [
    { id: 1, name: "c", details: { timeout: "1.0" } },
  ]);
  const sensor = { id: 2, name: "s", protocol: "ping", default_interval: 60, details: { n: 0 } };
  assertEquals(readList({ list: [sensor] }, "a sensor", readSensor).items, [
    { id: 2, name: "s", default_interval: 60, details: { n: 0 } },
  ]);
  assertEquals(readStatus({ alive: true, db_migration_needed: true, user_exists: null }), {
    db_migration_needed: true,
    user_exists: null,
  });
});

Deno.test("readList treats a missing field as null where null is allowed", () => {
  const { parent: _parent, ...rest } = ENTITY;
  assertEquals(entityOf(rest).parent, null);
  const entity = entityOf({ ...ENTITY, protocols: { ping: { credential: 1, sensors: [{}] } } });
  assertEquals(readProtocol(entity, "ping")?.bot, null);
});

Deno.test("readList sets invalid items apart and names the field", () => {
  const { items, refused } = readList(
    {
      list: [
        ENTITY,
        { ...ENTITY, id: 17, protocols: "hush-hush" },
        { ...ENTITY, id: 1.5 },
        { ...ENTITY, id: 18, parent: "3" },
        { ...ENTITY, id: 19, name: "", details: undefined },
        { ...ENTITY, id: 20, name: ["hush-hush"] },
        [ENTITY],
      ],
    },
    "an entity",
    readEntity,
  );
  assertEquals(items, [ENTITY]);
  assertEquals(refused, [
    {
      id: 17,
      problem: 'an entity "device 0" (id 17) whose "protocols" is a string, expected an object',
    },
    {
      id: undefined,
      problem: 'an entity (number 3 of the list) whose "id" is 1.5, expected a whole number',
    },
    {
      id: 18,
      problem: 'an entity "device 0" (id 18) whose "parent" is a string, expected a whole number',
    },
    { id: 19, problem: 'an entity (id 19) whose "details" is missing, expected any JSON' },
    { id: 20, problem: 'an entity (id 20) whose "name" is a list, expected a string' },
    {
      id: undefined,
      problem: "an entity (number 7 of the list) that is a list, expected an object",
    },
  ]);
});

Deno.test("readList refuses anything but a list, and rethrows other errors", () => {
  for (
    const [json, message] of [
      [undefined, "JSON that is missing, expected an object"],
      [null, "JSON that is null, expected an object"],
      [[], "JSON that is a list, expected an object"],
      ["hush-hush", "JSON that is a string, expected an object"],
      [{}, 'JSON whose "list" is missing, expected a list'],
      [{ list: null }, 'JSON whose "list" is null, expected a list'],
      [{ list: { 0: ENTITY } }, 'JSON whose "list" is an object, expected a list'],
    ] as const
  ) {
    assertThrows(() => readList(json, "an entity", readEntity), WireError, message);
  }
  const bug = () => {
    throw new RangeError("ours");
  };
  assertThrows(() => readList({ list: [{}] }, "an entity", bug), RangeError);
});

Deno.test("readSensor refuses an interval that is not a number", () => {
  for (const default_interval of ["60", {}, true, JSON.parse("1e999")]) {
    const { refused } = readList(
      { list: [{ id: 1, default_interval, details: {} }] },
      "a sensor",
      readSensor,
    );
    assertEquals(refused.length, 1, String(default_interval));
  }
});
