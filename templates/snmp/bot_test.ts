import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { PROTOCOL, SnmpBot } from "./bot.ts";
import { TestDevice } from "./testing/device.ts";

const startDevice = () =>
  TestDevice.start([
    { index: 1, name: "lo", speed: 10_000_000, bytesIn: 1000 },
    { index: 2, name: "eth0", speed: 1_000_000_000, bytesIn: 5000 },
  ]);

const SPEED = {
  oids: [{ oid: "1.3.6.1.2.1.2.2.1.5.2", fetch_method: "get" }],
  expression: "$1 / 1000000",
  output_path: "mbps",
};
const TRAFFIC = {
  oids: [
    { oid: "1.3.6.1.2.1.2.2.1.2", fetch_method: "walk" },
    { oid: "1.3.6.1.2.1.2.2.1.10", fetch_method: "walk" },
  ],
  expression: "$2*8",
  output_path: "if.in.{$index}.{$1}",
};

/** Sets up a Grafolean in memory with one device per address and a bot. */
function setUp(
  addresses: string[],
  {
    interval = 6,
    permissions = "all",
    sensorDetails = [SPEED, TRAFFIC],
    statusValues = false,
    version = "snmpv2c",
  }: {
    interval?: number;
    permissions?: "ui" | "all";
    sensorDetails?: Record<string, unknown>[];
    statusValues?: boolean;
    version?: string;
  } = {},
) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: PROTOCOL, account, permissions });
  const credential = sandbox.addCredential(account, {
    protocol: PROTOCOL,
    details: { version, snmpv12_community: "public" },
  });
  const sensors = sensorDetails.map((details) =>
    sandbox.addSensor(account, {
      name: `${details.output_path}`,
      protocol: PROTOCOL,
      defaultInterval: interval,
      details,
    })
  );
  const devices = addresses.map((ipv4) =>
    sandbox.addEntity(account, {
      name: `device at ${ipv4}`,
      entityType: "device",
      details: { ipv4 },
      protocols: { [PROTOCOL]: { credential, bot, sensors } },
    })
  );
  // Each after the name of its job.
  const warnings: string[] = [];
  const collector = new SnmpBot("http://sandbox/api", bot.token, 120, {
    settings: { sourceAddress: "127.0.0.1", statusValues },
    counterPause: 0.05,
    fetch: sandbox.fetch,
    logSink: ({ level, message, jobName = "" }) => {
      if (level === "warn" || level === "error") warnings.push(`${jobName}: ${message}`);
    },
  });
  // All of them by path, the oldest first.
  const allValues = () => Map.groupBy(sandbox.values(account), ({ p }) => p);
  const values = () =>
    Object.fromEntries([...allValues()].map(([p, all]) => [p, Number(all.at(-1)?.v)]));
  const interfaces = async () => {
    const url = `http://sandbox/api/accounts/${account.id}/entities?b=${bot.token}`;
    const { list } = await (await sandbox.fetch(url)).json() as {
      list: { name: string; entity_type: string; parent: number | null; details: unknown }[];
    };
    return list.filter(({ entity_type }) => entity_type === "interface")
      .map(({ name, parent, details }) => ({ name, parent, details }))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  };
  return { collector, devices, values, allValues, interfaces, warnings };
}

Deno.test("SnmpBot reads counters twice when it runs once, and sends each value once", async () => {
  using device = await startDevice();
  const { collector, devices, allValues, values } = setUp([device.address]);
  const path = `entity.${devices[0]?.id}.snmp`;
  await collector.runOnce();
  assertEquals(values(), {
    [`${path}.mbps`]: 1000,
    [`${path}.if.in.1.lo`]: 0,
    [`${path}.if.in.2.eth0`]: 0,
  });
  assertEquals([...allValues().values()].map(({ length }) => length), [1, 1, 1]);

  device.setBytesIn(2, 6000);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await collector.runOnce();
  assertEquals(values()[`${path}.if.in.1.lo`], 0);
  assertGreater(values()[`${path}.if.in.2.eth0`], 0);
  assertEquals([...allValues().values()].map(({ length }) => length), [2, 2, 2]);

  // Its first reading does not repeat the values of the others.
  device.add({ index: 3, name: "eth1", speed: 100, bytesIn: 0 });
  await collector.runOnce();
  assertEquals([...allValues().values()].map(({ length }) => length), [3, 3, 3, 1]);
});

Deno.test("SnmpBot reads counters once in each run, and sends their rates from the second on", async () => {
  using device = await startDevice();
  const { collector, allValues } = setUp([device.address], { interval: 2 });
  const stop = new AbortController();
  const running = collector.execute({ signal: stop.signal });
  const count = (name: string) =>
    [...allValues()].find(([path]) => path.endsWith(name))?.[1].length ?? 0;
  while (count("eth0") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assertGreater(count("mbps"), count("eth0"));
  stop.abort();
  await running;
});

Deno.test("SnmpBot keeps the interfaces of a device up to date", async () => {
  using device = await startDevice();
  const { collector, devices, interfaces } = setUp([device.address]);
  const parent = devices[0]?.id ?? null;
  await collector.runOnce();
  assertEquals(await interfaces(), [
    { name: "eth0", parent, details: { snmp_index: "2", speed_bps: "1000000000" } },
    { name: "lo", parent, details: { snmp_index: "1", speed_bps: "10000000" } },
  ]);
  device.remove(1);
  device.add({ index: 3, name: "eth1", speed: 100, bytesIn: 0 });
  await collector.runOnce();
  assertEquals((await interfaces()).map(({ name }) => name), ["eth0", "eth1"]);
});

Deno.test("SnmpBot warns once about a missing permission, and polls the sensors", async () => {
  using device = await startDevice();
  const { collector, values, interfaces, warnings } = setUp(
    [device.address, device.address],
    { permissions: "ui" },
  );
  const report = await collector.runOnce();
  assertEquals(report.failed, 0);
  assertEquals(Object.keys(values()).length, 6);
  assertEquals(await interfaces(), []);
  assertEquals(warnings.length, 1);
  assert(warnings[0]?.includes("grant it GET, POST, PUT and DELETE on accounts/"));
});

Deno.test("SnmpBot polls the other devices when one does not answer", async () => {
  using device = await startDevice();
  const { collector, devices, values, warnings } = setUp(["127.0.0.1:9", device.address]);
  const report = await collector.runOnce();
  // The job of the sensors; that of the interfaces leaves it to that one to report.
  assertEquals(report.failed, 1);
  const paths = Object.keys(values());
  assertEquals(paths.length, 3);
  assert(paths.every((path) => path.startsWith(`entity.${devices[1]?.id}.snmp.`)));
  assertEquals(warnings.length, 1);
  assertMatch(
    warnings[0]!,
    /^device at 127.0.0.1:9: Failed after \S+ s: SnmpError: "device at 127.0.0.1:9" at 127.0.0.1 \(UDP port 9\) did not answer: check [^(]*\(devices do not answer a wrong one\)$/,
  );
});

Deno.test("SnmpBot names a device without a valid address", async () => {
  const { collector, warnings } = setUp(["no address"]);
  await collector.runOnce();
  assertEquals(warnings, [
    ': Cannot poll "device at no address": Cannot reach the device as its address is "no address": set its IPv4 address in Grafolean',
  ]);
});

Deno.test("SnmpBot polls the other sensors of a device when one is broken", async () => {
  using device = await startDevice();
  const { address } = device;
  const { collector, values, warnings } = setUp([address, address], {
    sensorDetails: [
      { ...SPEED, expression: "process.exit()", output_path: "broken" },
      {
        ...SPEED,
        oids: [{ oid: "1.3.6.1.2.1.2.2.1.5.77", fetch_method: "get" }],
        output_path: "none",
      },
      SPEED,
    ],
  });
  for (let i = 0; i < 2; i++) {
    const report = await collector.runOnce();
    assertEquals(report.failed, 0);
  }
  assertEquals(Object.keys(values()).map((path) => path.split(".").at(-1)), ["mbps", "mbps"]);
  // One warning per broken sensor, and one per device without the OID.
  assertEquals(warnings.length, 3);
  assertMatch(
    warnings[0]!,
    /^: Sensor "broken" \(id \d+\) is left out: Cannot read the expre/,
  );
  const none = new RegExp(
    `^device at ${address}: Sensor "none" \\(id \\d+\\) has no value .*nothing there; check the OIDs`,
  );
  assertEquals(warnings.filter((text) => none.test(text)).length, 2, warnings.join("\n"));
});
