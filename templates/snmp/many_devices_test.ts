/** The bot with a thousand devices: addresses on loopback, behind all of which is a real agent. */

import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals } from "@std/assert";
import { SnmpBot } from "./bot.ts";
import { hasSnmpd, KNOWN, Snmpd } from "./testing_snmpd.ts";

const DEVICES = 1000;

// Only Linux has all of 127.0.0.0/8 on loopback.
const ignore = Deno.build.os !== "linux" || !await hasSnmpd();

Deno.test({
  name: `SnmpBot polls ${DEVICES} devices of a real snmpd, by all versions, in one process`,
  ignore,
  async fn() {
    const hosts = Array.from({ length: DEVICES }, (_, i) => `127.0.${1 + (i >> 8)}.${i & 255}`);
    await using agent = await Snmpd.start([], undefined, hosts);
    const sandbox = new Sandbox();
    const account = sandbox.addAccount();
    const snmpBot = sandbox.addBot({ protocol: "snmp", account });
    const credentials = CREDENTIALS.map((details) =>
      sandbox.addCredential(account, { protocol: "snmp", details })
    );
    const sensors = [TRAFFIC, UPTIME].map((details) =>
      sandbox.addSensor(account, { protocol: "snmp", defaultInterval: 60, details })
    );
    for (const [i, host] of hosts.entries()) {
      sandbox.addEntity(account, {
        name: host,
        entityType: "device",
        details: { ipv4: `${host}:${agent.port}` },
        protocols: {
          snmp: {
            credential: credentials[i % credentials.length]?.id ?? 0,
            bot: snmpBot.id,
            sensors: sensors.map(({ id }) => ({ sensor: id, interval: null })),
          },
        },
      });
    }
    const errors: string[] = [];
    await using bot = new SnmpBot("http://sandbox/api", snmpBot.token, 120, {
      fetch: sandbox.fetch,
      logSink: ({ level, message }) => void (level === "error" && errors.push(message)),
    });

    const first = await bot.runOnce();
    assertEquals([first.ok, first.failed], [2 * DEVICES, 0], errors[0]);
    assertEquals(sandbox.countValues(account), DEVICES);

    const second = await bot.runOnce();
    assertEquals([second.ok, second.failed], [2 * DEVICES, 0], errors[0]);
    const paths = new Set(sandbox.values(account).map(({ p }) => p));
    const traffic = [...paths].filter((path) => path.endsWith(".snmp.in.1.lo"));
    assertEquals(traffic.length, DEVICES);
    assert(paths.size >= 2 * DEVICES);
  },
});

const USER = {
  version: "snmpv3",
  snmpv3_securityName: "userSHA",
  snmpv3_securityLevel: "authPriv",
  snmpv3_authProtocol: "SHA",
  snmpv3_authKey: KNOWN.authKey,
  snmpv3_privProtocol: "AES",
  snmpv3_privKey: KNOWN.privKey,
};

const CREDENTIALS = [
  { version: "snmpv1", snmpv12_community: KNOWN.community },
  { version: "snmpv2c", snmpv12_community: KNOWN.community },
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
    { oid: "1.3.6.1.2.1.2.2.1.10", fetch_method: "walk" },
  ],
  expression: "$2*8",
  output_path: "in.{$index}.{$1}",
};
