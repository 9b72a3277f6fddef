import { denoCommand } from "../harness/processes.ts";
import type { Suite } from "../harness/suite.ts";

const NET = "--allow-net";
const BOT = "bot";

/** The SNMP bot beside Net-SNMP's programs. */
export const snmp: Suite = {
  name: "snmp",
  title: "SNMP",
  about: "A real agent (`snmpd`) on loopback. Net-SNMP polls the table by `snmpbulkwalk -Cr25`, " +
    "and the devices by `snmpget` and `snmpbulkwalk` for each, 32 processes at a time; it reads " +
    "no MIB files. The bot also evaluates the sensors and sends the values; it leaves out the " +
    "interfaces, which Net-SNMP does not read either. Time, CPU and packets are those of a poll " +
    "of the table; of 6 GETs and a WALK of 10 rows for each device, the start of all processes " +
    "included; or, where devices never answer, of 20 s. `runs` are those for the devices that " +
    "answer, done of those due, and `late` is the end of the latest after its slot.",
  headings: ["polled", "by"],
  cases: [
    {
      name: "500 rows × 6 columns, each second",
      args: ["table", "1", "10"],
      seconds: 9,
      rounds: 2,
    },
    { name: "1,000 devices, once", args: ["devices", "1000", "1"], seconds: 6, rounds: 2 },
    {
      name: "1,000 devices every 10 s, of which 800 never answer",
      args: ["dead", "1000", "20"],
      seconds: 43,
      rounds: 1,
      variants: [BOT],
    },
  ],
  quickArgs: ["table", "1", "3"],
  variants: [
    {
      name: "Net-SNMP",
      command: denoCommand("variants/net_snmp.ts", ["--allow-run=sh,cat"]),
    },
    {
      name: BOT,
      command: denoCommand("variants/snmp.ts", [NET, "--allow-run=sh"]),
    },
  ],
  figures: [
    { key: "ms", title: "time", unit: "ms", ratio: true },
    { key: "cpu", title: "CPU", unit: "ms", ratio: true },
    { key: "packets", title: "packets" },
    { key: "rss", title: "peak RSS", unit: "MB" },
    { key: "runs", title: "runs", unit: "%" },
    { key: "late", title: "late", unit: "ms" },
  ],
  reference: "Net-SNMP",
  needs: ["/usr/sbin/snmpd", "snmpget", "snmpbulkwalk"],
  server: denoCommand(
    "servers/snmp.ts",
    [NET, "--unstable-net", "--allow-run=/usr/sbin/snmpd", "--allow-read", "--allow-write"],
  ),
};
