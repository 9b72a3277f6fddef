// A real agent, and a Grafolean with its devices; with "dead", four of five never answer.
//
// Arguments: "table", "devices" or "dead"; DEVICES COUNT, of which the last is for the variants
// Prints the URL of Grafolean, the token of the bot, and the port of the agent.

// deno-lint-ignore-file no-console

import { Sandbox } from "../../src/testing/mod.ts";
import { Snmpd } from "../../templates/snmp/testing/snmpd.ts";
import { COMMUNITY, hostsOf, TABLE, upTo } from "../snmp_agent.ts";

const [situation, devices] = Deno.args;

function sensor(output_path: string, fetch_method: string, ...oids: string[]) {
  return {
    oids: oids.map((oid) => ({ oid: `${TABLE}.${oid}`, fetch_method })),
    expression: `$${oids.length}`,
    output_path,
  };
}

const columns = [2, 3, 4, 5, 6].map((n) => sensor(`column${n}.{$1}`, "walk", "1", `${n}`));
const gets = upTo(6).map((row) => sensor(`get${row}`, "get", `2.${row}`));
const walk = sensor("row.{$index}", "walk", "7");
const [sensors, defaultInterval] = situation === "table"
  ? [columns, 1] as const
  : situation === "devices"
  ? [[...gets, walk], 60] as const
  : [gets.slice(0, 1), 10] as const;

const hosts = hostsOf(Number(devices));
const live = situation === "dead" ? hosts.length / 5 : hosts.length;
await using agent = await Snmpd.start(
  [
    ...upTo(500).map((row) => `override ${TABLE}.1.${row} octet_str "port ${row}"`),
    ...[2, 3, 4, 5, 6, 7].flatMap((column) =>
      upTo(column < 7 ? 500 : 10).map((row) => `override ${TABLE}.${column}.${row} uinteger ${row}`)
    ),
    `rocommunity ${COMMUNITY}`,
  ],
  undefined,
  hosts.slice(0, live),
);
// Takes packets and reads none.
const silent = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });

const protocol = "snmp";
const sandbox = new Sandbox();
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol, account });
const details = { version: "snmpv2c", snmpv12_community: COMMUNITY };
const credential = sandbox.addCredential(account, { protocol, details });
const ids = sensors.map((details) =>
  sandbox.addSensor(account, { protocol, defaultInterval, details })
);
for (const [n, host] of hosts.entries()) {
  sandbox.addEntity(account, {
    name: n < live ? "live" : "dead",
    details: { ipv4: `${host}:${n < live ? agent.port : (silent.addr as Deno.NetAddr).port}` },
    protocols: { snmp: { credential, bot, sensors: ids } },
  });
}
await using grafolean = await sandbox.listen();
console.log(grafolean.url, bot.token, agent.port);
await new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, resolve);
});
silent.close();
