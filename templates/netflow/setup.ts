import { runSetup, type SetupDefinition } from "@grafolean/collector/setup";
import { NetflowBot, PROTOCOL } from "./bot.ts";

/** What `deno task setup` creates in Grafolean. */
export const SETUP: SetupDefinition = {
  name: "netflow-bot",
  protocol: PROTOCOL,
  // To add unknown exporters as devices.
  permissions: [{ resource: "entities", methods: ["POST"] }],
  // A new account has this one, and a credential.
  sensors: [{ name: "Default NetFlow sensor", interval: null }],
  device: [{ name: "ipv4", question: "IP address that the exporter sends from" }],
  charts: ({ device }) => {
    const path = `netflow.1min.?.entity.${device}`;
    // From bytes in a minute. The axis has room for six digits.
    const mbps = { unit: "Mbps", expression: "$1*8/60/1000000" };
    return [
      { title: "traffic", series: [{ path, label: "$1", ...mbps }] },
      { title: "protocols", series: [{ path: `${path}.topprotocol.?`, label: "$2 $1", ...mbps }] },
      {
        title: "top addresses",
        top: 10,
        series: [{ path: `${path}.topip.?`, label: "$2 $1", ...mbps }],
      },
      {
        title: "losses",
        series: [{ path: `netflow.entity.${device}.?`, label: "$1", unit: "/min" }],
      },
    ];
  },
};

if (import.meta.main) await runSetup(NetflowBot, SETUP);
