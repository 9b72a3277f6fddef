import { denoCommand } from "../harness/run_variant.ts";
import type { Suite } from "../harness/suite.ts";
import { startServer } from "../start_server.ts";

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
    { name: "500 rows × 6 columns, each second", args: ["table", "1", "10"], seconds: 9 },
    { name: "1,000 devices, once", args: ["devices", "1000", "1"], seconds: 6 },
    {
      name: "1,000 devices every 10 s, of which 800 never answer",
      args: ["dead", "1000", "20"],
      seconds: 43,
      rounds: 1,
      variants: [BOT],
    },
  ],
  variants: [
    {
      name: "Net-SNMP",
      command: ({ case: { args: [situation, devices, polls] = [] }, args: server, quick }) => {
        const script = import.meta.resolve("../variants/net_snmp.ts");
        const args = [situation!, quick ? "3" : polls!, devices!, ...server];
        return denoCommand(script, ["--allow-run=sh,cat"], ...args);
      },
    },
    {
      name: BOT,
      command: ({ case: { args: [situation, , seconds] = [] }, args: server, quick }) => {
        const script = import.meta.resolve("../variants/snmp.ts");
        const args = [situation!, quick ? "3" : seconds!, ...server];
        return denoCommand(script, [NET, "--allow-run=sh"], ...args);
      },
    },
  ],
  figures: [
    { key: "ms", title: "time", unit: "ms", ratio: true },
    { key: "cpu", title: "CPU", unit: "ms", ratio: true },
    { key: "packets", title: "packets", spread: false },
    { key: "rss", title: "peak RSS", unit: "MB", spread: false },
    { key: "runs", title: "runs", unit: "%", digits: 1 },
    { key: "late", title: "late", unit: "ms" },
  ],
  reference: "Net-SNMP",
  rounds: 2,
  needs: ["/usr/sbin/snmpd", "snmpget", "snmpbulkwalk"],
  setUp: ({ case: { args: [situation, devices] = [] } }) => {
    const script = import.meta.resolve("../snmp_server.ts");
    const flags = [NET, "--allow-run=/usr/sbin/snmpd", "--allow-read", "--allow-write"];
    return startServer(denoCommand(script, flags, situation!, devices!));
  },
};
