// The bot against a real agent: a fleet of devices, and one that never answers a table.

import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { SnmpBot } from "./bot.ts";
import { startRelay } from "./testing/relay.ts";
import { hasSnmpd, SECRETS, Snmpd } from "./testing/snmpd.ts";

// As in tests/full.ts, which is not part of the package.
const DEVICES = Deno.env.get("TESTS") === "full" ? 1000 : 50;

const ignore = !await hasSnmpd();

Deno.test({
  name:
    `SnmpBot polls ${DEVICES} devices of a real snmpd, with all versions of SNMP (needs snmpd, on Linux)`,
  // Only Linux has all of 127.0.0.0/8 on its loopback interface.
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    const hosts = Array.from({ length: DEVICES }, (_, i) => `127.0.${1 + (i >> 8)}.${i & 255}`);
    await using agent = await Snmpd.start([], undefined, hosts);
    const { sandbox, account, bot, errors } = setUp(
      hosts.map((host) => `${host}:${agent.port}`),
      CREDENTIALS,
    );
    for (let run = 1; run <= 2; run++) {
      const { ok, failed } = await bot.runOnce();
      assertEquals([ok, failed], [2 * DEVICES, 0], errors[0]);
      const values = sandbox.values(account).map(({ p }) => p);
      for (const name of ["uptime", "in.1.lo"]) {
        assertEquals(values.filter((path) => path.endsWith(`.snmp.${name}`)).length, run * DEVICES);
      }
    }
  },
});

Deno.test({
  name: "SnmpBot sends the other values of a device that never answers a table (needs snmpd)",
  ignore,
  async fn() {
    await using agent = await Snmpd.start();
    // Responses about interfaces do not arrive.
    const ifTable = Buffer.from("2b060102010202", "hex");
    await using relay = await startRelay(
      agent.port,
      (_n, response) => response.includes(ifTable) ? undefined : response,
    );
    const { sandbox, account, bot, errors } = setUp(
      [`127.0.0.1:${relay.port}`],
      [CREDENTIALS[1]],
      1,
    );
    for (let run = 0; run < 2; run++) {
      // The interfaces are in that table too.
      const report = await bot.runOnce();
      assertEquals([report.ok, report.failed], [2, 0]);
    }
    const paths = sandbox.values(account).map(({ p }) => p.split(".").at(-1));
    assertEquals(paths.filter((path) => path === "uptime").length, 2);
    assertEquals(new Set(paths), new Set(["up", "response_time", "uptime"]));
    const expected = "the device does not answer what follows 1.3.6.1.2.1.2.2.1.2";
    assert(errors.every((error) => error.includes(expected)), errors.join("\n"));
    assertEquals(errors.length, 2);
  },
});

/** Sets up a Grafolean in memory with devices at these addresses, which use the credentials in turn, and a bot. */
function setUp(addresses: string[], credentials: readonly unknown[], interval = 60) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const { id, token } = sandbox.addBot({ protocol: "snmp", account });
  const sandboxCredentials = credentials.map((details) =>
    sandbox.addCredential(account, { protocol: "snmp", details: details as Record<string, string> })
  );
  const sensors = [TRAFFIC, UPTIME].map((details) => ({
    sensor: sandbox.addSensor(account, { protocol: "snmp", defaultInterval: interval, details }).id,
    interval: null,
  }));
  for (const [i, ipv4] of addresses.entries()) {
    const credential = sandboxCredentials[i % sandboxCredentials.length]?.id ?? 0;
    sandbox.addEntity(account, {
      name: ipv4,
      entityType: "device",
      details: { ipv4 },
      protocols: { snmp: { credential, bot: id, sensors } },
    });
  }
  const errors: string[] = [];
  const bot = new SnmpBot("http://sandbox/api", token, 120, {
    counterPause: 0.05,
    fetch: sandbox.fetch,
    logSink: ({ level, message }) => {
      if (level === "warn" || level === "error") errors.push(message);
    },
  });
  return { sandbox, account, bot, errors };
}

const USER = {
  version: "snmpv3",
  snmpv3_securityName: "userSHA",
  snmpv3_securityLevel: "authPriv",
  snmpv3_authProtocol: "SHA",
  snmpv3_authKey: SECRETS.authKey,
  snmpv3_privProtocol: "AES",
  snmpv3_privKey: SECRETS.privKey,
};

const CREDENTIALS = [
  { version: "snmpv1", snmpv12_community: SECRETS.community },
  { version: "snmpv2c", snmpv12_community: SECRETS.community },
  { ...USER, snmpv3_securityName: "nobody", snmpv3_securityLevel: "noAuthNoPriv" },
  { ...USER, snmpv3_securityLevel: "authNoPriv" },
  USER,
];

const UPTIME = {
  oids: [{ oid: "1.3.6.1.2.1.1.3.0", fetch_method: "get" }],
  expression: "$1 / 100",
  output_path: "uptime",
};

const TRAFFIC = {
  oids: [
    { oid: "1.3.6.1.2.1.2.2.1.2", fetch_method: "walk" },
    // Packets: on a busy machine the bytes reach 2^32 too often, and then a device has no rate.
    { oid: "1.3.6.1.2.1.2.2.1.11", fetch_method: "walk" },
  ],
  expression: "$2",
  output_path: "in.{$index}.{$1}",
};
