import { runSetup, type SetupDefinition } from "@grafolean/collector/setup";
import { PROTOCOL, SnmpBot } from "./bot.ts";

const IF_DESCR = { oid: "1.3.6.1.2.1.2.2.1.2", fetch_method: "walk" };
const IF_IN_OCTETS = { oid: "1.3.6.1.2.1.2.2.1.10", fetch_method: "walk" };
const IF_OUT_OCTETS = { oid: "1.3.6.1.2.1.2.2.1.16", fetch_method: "walk" };

/** What `deno task setup` creates in Grafolean. */
export const SETUP: SetupDefinition = {
  name: "snmp-bot",
  protocol: PROTOCOL,
  // To keep the network interfaces of a device as entities.
  permissions: [{ resource: "entities", methods: ["POST", "PUT", "DELETE"] }],
  // SNMPv3 has more fields: Grafolean's UI has a form for them.
  credential: [
    { name: "version", question: "Version, snmpv1 or snmpv2c", default: "snmpv2c" },
    { name: "snmpv12_community", question: "Community", default: "public", secret: true },
  ],
  // A new account has these. Whatever their names say, they give bytes per second.
  sensors: [
    {
      name: "Traffic IN [bps]",
      interval: 60,
      details: {
        oids: [IF_DESCR, IF_IN_OCTETS],
        expression: "$2",
        output_path: "if.in-octets.{$index}.{$1}",
      },
    },
    {
      name: "Traffic OUT [bps]",
      interval: 60,
      details: {
        oids: [IF_DESCR, IF_OUT_OCTETS],
        expression: "$2",
        output_path: "if.out-octets.{$index}.{$1}",
      },
    },
  ],
  device: [{ name: "ipv4", question: "IP address or name, with a port unless it is 161" }],
  charts: ({ device }) => {
    const path = `entity.${device}.snmp`;
    // The axis has room for six digits.
    const mbps = { unit: "Mbps", expression: "$1*8/1000000" };
    return [
      {
        title: "availability",
        series: [{ path: `${path}.up`, label: "Available", unit: "%", expression: "$1*100" }],
      },
      {
        title: "response time",
        series: [{
          path: `${path}.response_time`,
          label: "Response time",
          unit: "ms",
          expression: "$1*1000",
        }],
      },
      {
        title: "traffic",
        series: [
          { path: `${path}.if.in-octets.?.?`, label: "$2 in", ...mbps },
          { path: `${path}.if.out-octets.?.?`, label: "$2 out", ...mbps },
        ],
      },
    ];
  },
};

if (import.meta.main) await runSetup(SnmpBot, SETUP);
