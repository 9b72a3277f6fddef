// Net-SNMP's programs poll a table several times, or all devices once.
//
// Arguments: "table" or "devices"; DEVICES POLLS, and what the server has printed

// deno-lint-ignore-file no-console

import { cpuOfPrograms } from "../meter.ts";
import { COMMUNITY, countPackets, hostsOf, runPrograms, TABLE, upTo } from "../snmp_agent.ts";

const [situation, devices, polls, _url, _token, port = ""] = Deno.args;
const agents = hostsOf(Number(devices)).map((host) => `${host}:${port}`);
const options = `-v2c -c ${COMMUNITY} -On`;
const each = `printf "%s\\n" ${agents.join(" ")} | xargs -P32 -I@`;
const oids = upTo(6).map((row) => `${TABLE}.2.${row}`).join(" ");
const script = situation === "table"
  ? `for i in $(seq ${polls}); do snmpbulkwalk ${options} -Cr25 ${agents[0]} ${TABLE}; done`
  : `${each} snmpget ${options} @ ${oids}; ${each} snmpbulkwalk ${options} @ ${TABLE}.7`;

const packets = await countPackets(port);
const cpu = await cpuOfPrograms();
const start = performance.now();
await runPrograms(script);
const ms = performance.now() - start;
const cpuMs = 1000 * (await cpuOfPrograms() - cpu);
const count = situation === "table" ? Number(polls) : 1;
console.log(JSON.stringify({
  ms: ms / count,
  cpu: cpuMs / count,
  packets: await packets() / count,
}));
