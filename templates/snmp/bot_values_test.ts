// The values of the bot against agents that answer anything.

import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals } from "@std/assert";
import { isDeepStrictEqual } from "node:util";
import { SnmpBot, type SnmpBotOptions } from "./bot.ts";
import { counter, gauge, TestAgent, text, ticks } from "./testing/agent.ts";

const IF_DESCR = "1.3.6.1.2.1.2.2.1.2";
const IF_SPEED = "1.3.6.1.2.1.2.2.1.5";
const IF_IN_OCTETS = "1.3.6.1.2.1.2.2.1.10";
const IF_NAME = "1.3.6.1.2.1.31.1.1.1.1";
const IF_HIGH_SPEED = "1.3.6.1.2.1.31.1.1.1.15";
const IF_ALIAS = "1.3.6.1.2.1.31.1.1.1.18";
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";
const TEMPERATURE = "1.3.6.1.4.1.9999.1.0";

interface TestSensor {
  readonly path: string;
  readonly get?: string;
  readonly walk?: string;
  readonly interval?: number | null;
}

/** Sets up a Grafolean in memory with a device that has these sensors, named a, b, …, and a bot. */
function setUp(address: string, sensors: readonly TestSensor[], options: SnmpBotOptions = {}) {
  const protocol = "snmp";
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol, account, permissions: "all" });
  const details = { version: "snmpv2c", snmpv12_community: "public" };
  const credential = sandbox.addCredential(account, { protocol, details });
  const added = sensors.map(({ path, get, walk, interval = 6 }, i) =>
    sandbox.addSensor(account, {
      name: "abc"[i]!,
      protocol,
      ...interval !== null && { defaultInterval: interval },
      details: {
        oids: [{ oid: get ?? walk, fetch_method: get === undefined ? "walk" : "get" }],
        expression: "$1",
        output_path: path,
      },
    })
  );
  const device = sandbox.addEntity(account, {
    name: "switch",
    entityType: "device",
    details: { ipv4: address },
    protocols: { [protocol]: { credential, bot, sensors: added } },
  });
  const warnings: string[] = [];
  const collector = new SnmpBot("http://sandbox/api", bot.token, 120, {
    settings: {},
    counterPause: 0.05,
    fetch: sandbox.fetch,
    logSink: ({ level, message }) => {
      // The ids are random.
      if (level === "warn" || level === "error") {
        warnings.push(message.replaceAll(/\(id \d+\)/g, "()"));
      }
    },
    ...options,
  });
  const prefix = `entity.${device.id}.snmp.`;
  /** All values by path, the oldest first. */
  const values = (): Record<string, number[]> =>
    Object.fromEntries(
      [...Map.groupBy(sandbox.values(account), ({ p }) => p)].map(([path, all]) => [
        path.slice(prefix.length),
        all.map(({ v }) => Number(v)),
      ]),
    );
  // By their ids, which are random.
  const [first, second] = added.map(({ id }, i) => ({ id, i })).sort((a, b) => a.id - b.id)
    .map(({ i }) => "abc"[i]!);
  return { sandbox, account, bot, device, collector, values, warnings, first, second };
}

const GIVE_EACH_ITS_OWN = "; give each sensor its own";
const CHECK_OIDS =
  "; check the OIDs of the sensor: a column needs WALK, and a single value GET with its index, such as .0";

Deno.test("SnmpBot reports two sensors with one output path, and keeps the first one", async () => {
  await using agent = await TestAgent.start({
    [TEMPERATURE]: gauge(20),
    [`${IF_SPEED}.1`]: gauge(100),
  });
  const { collector, values, warnings, first, second } = setUp(agent.address, [
    { path: "x", get: TEMPERATURE, interval: 4 },
    { path: "x", walk: IF_SPEED },
  ]);
  for (let i = 0; i < 2; i++) assertEquals((await collector.runOnce()).failed, 0);
  assertEquals(values(), { x: first === "a" ? [20, 20] : [100, 100] });
  assertEquals(warnings, [
    `Sensor "${second}" () is left out on devices that also have "${first}" (): both have the output path "x"${GIVE_EACH_ITS_OWN}`,
  ]);
});

Deno.test("SnmpBot reports two sensors whose paths turn out to be the same, and keeps the first one", async () => {
  await using agent = await TestAgent.start({
    [`${IF_SPEED}.1`]: gauge(100),
    [`${IF_SPEED}.2`]: gauge(200),
    [`${IF_SPEED}.3`]: gauge(300),
    "1.3.6.1.4.1.9999.2.1": gauge(1),
    "1.3.6.1.4.1.9999.2.2": gauge(2),
    "1.3.6.1.4.1.9999.2.4": gauge(4),
  });
  const { collector, values, warnings, first, second } = setUp(agent.address, [
    { path: "x.{$index}", walk: IF_SPEED },
    { path: "x.{$index}", walk: "1.3.6.1.4.1.9999.2" },
  ]);
  for (let i = 0; i < 2; i++) assertEquals((await collector.runOnce()).failed, 0);
  const contested = first === "a"
    ? { "x.1": [100, 100], "x.2": [200, 200] }
    : { "x.1": [1, 1], "x.2": [2, 2] };
  assertEquals(values(), { ...contested, "x.3": [300, 300], "x.4": [4, 4] });
  assertEquals(warnings, [
    `Sensor "${second}" () has no value for index 1, 2 ("${first}" ()): the same path as another sensor${GIVE_EACH_ITS_OWN}`,
  ]);
});

Deno.test("SnmpBot reports a WALK and a GET that find nothing, with what may be the reason", async () => {
  await using agent = await TestAgent.start({
    [TEMPERATURE]: gauge(20),
    [`${IF_SPEED}.1`]: gauge(100),
  });
  const { collector, values, warnings } = setUp(agent.address, [
    { path: "a", walk: TEMPERATURE },
    { path: "b", get: IF_SPEED },
  ]);
  for (let i = 0; i < 2; i++) assertEquals((await collector.runOnce()).failed, 0);
  assertEquals(values(), {});
  assertEquals(warnings.sort(), [
    `Sensor "a" () has no value (${TEMPERATURE}): nothing below it${CHECK_OIDS}`,
    `Sensor "b" () has no value (${IF_SPEED}): nothing there${CHECK_OIDS}`,
  ]);
});

const TRAFFIC = { path: "in.{$index}", walk: IF_IN_OCTETS };

Deno.test("SnmpBot shows no peak when the index of an interface changes", async () => {
  await using agent = await TestAgent.start({
    [`${IF_DESCR}.1`]: text("eth0"),
    [`${IF_IN_OCTETS}.1`]: counter(1000),
  });
  const { collector, values } = setUp(agent.address, [TRAFFIC]);
  await collector.runOnce();
  agent.values.set(`${IF_IN_OCTETS}.1`, counter(1010));
  await collector.runOnce();
  const { "in.1": [first, second] } = values() as { "in.1": number[] };
  assertEquals(first, 0);
  assert(second! > 0);

  agent.values.set(`${IF_DESCR}.1`, text("eth1"));
  agent.values.set(`${IF_IN_OCTETS}.1`, counter(4_000_000_000));
  await collector.runOnce();
  assertEquals(values()["in.1"], [first, second, 0]);
});

Deno.test("SnmpBot shows no peak when a device has restarted", async () => {
  await using agent = await TestAgent.start({
    [SYS_UP_TIME]: ticks(100_000),
    [`${IF_DESCR}.1`]: text("eth0"),
    [`${IF_IN_OCTETS}.1`]: counter(1000),
  });
  const { collector, values } = setUp(agent.address, [TRAFFIC]);
  await collector.runOnce();
  agent.values.set(SYS_UP_TIME, ticks(1));
  agent.values.set(`${IF_IN_OCTETS}.1`, counter(4_000_000_000));
  await collector.runOnce();
  assertEquals(values()["in.1"], [0, 0]);
});

Deno.test("SnmpBot shows no peak when a device gets the address of another one", async () => {
  await using agent = await TestAgent.start({ [`${IF_IN_OCTETS}.1`]: counter(1000) });
  await using other = await TestAgent.start({ [`${IF_IN_OCTETS}.1`]: counter(4_000_000_000) });
  const { sandbox, account, device, collector, values } = setUp(agent.address, [TRAFFIC]);
  await collector.runOnce();
  sandbox.updateEntity(account, device, { details: { ipv4: other.address } });
  await collector.runOnce();
  assertEquals(values()["in.1"], [0, 0]);
});

Deno.test("SnmpBot polls counters of a device that hides the names of its interfaces and its uptime", async () => {
  await using agent = await TestAgent.start({ [`${IF_IN_OCTETS}.1`]: counter(1000) });
  const { collector, values, warnings } = setUp(agent.address, [TRAFFIC]);
  for (let i = 0; i < 3; i++) await collector.runOnce();
  assertEquals(values()["in.1"], [0, 0, 0]);
  assertEquals(warnings, []);
});

Deno.test("SnmpBot keeps speeds, names and aliases of interfaces up to date", async () => {
  await using agent = await TestAgent.start({
    [TEMPERATURE]: gauge(20),
    [`${IF_DESCR}.7`]: text("TenGigabitEthernet1/7"),
    [`${IF_SPEED}.7`]: gauge(1_410_065_408),
    [`${IF_NAME}.7`]: text("Te1/7"),
    [`${IF_HIGH_SPEED}.7`]: gauge(10_000),
    [`${IF_ALIAS}.7`]: text(""),
  });
  const { sandbox, account, bot, collector } = setUp(agent.address, [
    { path: "a", get: TEMPERATURE },
  ]);
  const detailsAfterRun = async (): Promise<unknown> => {
    assertEquals((await collector.runOnce()).failed, 0);
    const url = `http://sandbox/api/accounts/${account.id}/entities?b=${bot.token}`;
    const { list } = await (await sandbox.fetch(url)).json() as {
      list: { name: string; entity_type: string; details: unknown }[];
    };
    return list.find(({ name }) => name === "TenGigabitEthernet1/7")?.details;
  };
  const details = { snmp_index: "7", speed_bps: "10000000000", snmp_name: "Te1/7" };
  assertEquals(await detailsAfterRun(), { ...details, snmp_alias: "" });
  agent.values.set(`${IF_ALIAS}.7`, text("to the core"));
  assertEquals(await detailsAfterRun(), { ...details, snmp_alias: "to the core" });
  for (const column of [IF_NAME, IF_HIGH_SPEED, IF_ALIAS]) agent.values.delete(`${column}.7`);
  agent.values.set(`${IF_SPEED}.7`, gauge(1000));
  assertEquals(await detailsAfterRun(), {
    ...details,
    speed_bps: "1000",
    snmp_alias: "to the core",
  });
});

Deno.test("SnmpBot reports interfaces that a device does not answer, besides its sensors", async () => {
  await using agent = await TestAgent.start({
    [TEMPERATURE]: gauge(20),
    [SYS_UP_TIME]: ticks(1),
    [`${IF_DESCR}.1`]: "silent",
  });
  const { collector, values, warnings } = setUp(agent.address, [{ path: "a", get: TEMPERATURE }]);
  await collector.runOnce();
  assertEquals(values(), { a: [20] });
  assertEquals(warnings, [
    `Cannot read the interfaces: the device does not answer what follows ${IF_DESCR}`,
  ]);
});

Deno.test("SnmpBot reports a device that does not answer, also if none of its sensors has an interval", async () => {
  const { collector, warnings } = setUp("127.0.0.1:9", [
    { path: "a", get: TEMPERATURE, interval: null },
  ]);
  await collector.runOnce();
  assertEquals(warnings.filter((text) => text.includes('"switch" at 127.0.0.1')).length, 1);
});

Deno.test("SnmpBot sends whether a device answered and how fast", async () => {
  await using agent = await TestAgent.start({ [TEMPERATURE]: gauge(20) });
  const sensors = [{ path: "a", get: TEMPERATURE }];
  const valuesOf = async (address: string, settings: SnmpBotOptions["settings"] = {}) => {
    const { collector, values } = setUp(address, sensors, { settings });
    await collector.runOnce();
    return values();
  };
  const { response_time = [], ...alive } = await valuesOf(agent.address, { statusValues: true });
  assertEquals(alive, { a: [20], up: [1] });
  assertEquals(response_time.length, 1);
  assert(response_time[0]! >= 0);

  agent.values.set(TEMPERATURE, "silent");
  assertEquals((await valuesOf(agent.address, { statusValues: true })).up, [1]);
  agent.values.set(SYS_UP_TIME, "silent");
  assertEquals(await valuesOf(agent.address, { statusValues: true }), { up: [0] });
  assertEquals(await valuesOf(agent.address), {});
  // This host could not ask.
  assertEquals(await valuesOf("unknown.invalid", { statusValues: true }), {});
  assertEquals(await valuesOf("no address", { statusValues: true }), {});
});

Deno.test("SnmpBot sends one status in a run that reads counters twice", async () => {
  await using agent = await TestAgent.start({ [`${IF_IN_OCTETS}.1`]: counter(1000) });
  const { collector, values } = setUp(agent.address, [TRAFFIC], {
    settings: { statusValues: true },
  });
  await collector.runOnce();
  assertEquals(values().up, [1]);
});

Deno.test("SnmpBot lets a sensor with the path of a status value win", async () => {
  await using agent = await TestAgent.start({ [TEMPERATURE]: gauge(20) });
  const { collector, values } = setUp(agent.address, [{ path: "up", get: TEMPERATURE }], {
    settings: { statusValues: true },
  });
  await collector.runOnce();
  assertEquals(values().up, [20]);
});

Deno.test("SnmpBot allows for the pause between two readings of a counter, also at a short interval", async () => {
  await using agent = await TestAgent.start({ [`${IF_IN_OCTETS}.1`]: counter(1000) });
  const { collector, values } = setUp(agent.address, [{ ...TRAFFIC, interval: 3 }], {
    counterPause: 4,
  });
  assertEquals((await collector.runOnce()).failed, 0);
  assertEquals(values(), { "in.1": [0] });
});

Deno.test("SnmpBot pauses only where there is a counter, and no longer than until it is stopped", async () => {
  await using agent = await TestAgent.start({
    [TEMPERATURE]: gauge(20),
    [`${IF_IN_OCTETS}.1`]: counter(1000),
  });
  const forever = { counterPause: 3600 };
  const plain = setUp(agent.address, [{ path: "a", get: TEMPERATURE }], forever);
  assertEquals((await plain.collector.runOnce()).failed, 0);

  const stop = new AbortController();
  const { collector, values } = setUp(
    agent.address,
    [{ path: "a", get: TEMPERATURE }, TRAFFIC],
    { ...forever, shutdownTimeout: 1 },
  );
  const running = collector.runOnce({ signal: stop.signal });
  while (values().a === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  await running;
  assertEquals(values(), { a: [20] });
});

Deno.test("SnmpBot prints the rate of a counter in a dry run", async () => {
  await using agent = await TestAgent.start({ [`${IF_IN_OCTETS}.1`]: counter(1000) });
  const printed: unknown[] = [];
  const { collector, values } = setUp(agent.address, [TRAFFIC], {
    dryRun: ({ values }) => void printed.push(...values.map(({ v }) => v)),
  });
  await collector.runOnce();
  assertEquals([printed, values()], [[0], {}]);
});

Deno.test("SnmpBot yields equal jobs at each refresh while nothing changes", async () => {
  const { collector } = setUp("127.0.0.1:9", [{ path: "a", get: TEMPERATURE }, TRAFFIC]);
  const [first, second] = [
    await Array.fromAsync(collector.jobs()),
    await Array.fromAsync(collector.jobs()),
  ];
  assertEquals(first.length, 2);
  assert(isDeepStrictEqual(first, second));
});
