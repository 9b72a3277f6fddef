import { runSetup, type SetupDefinition } from "@grafolean/collector/setup";
import { PingBot, PROTOCOL } from "./bot.ts";

/** What `deno task setup` creates in Grafolean. */
export const SETUP: SetupDefinition = {
  name: "ping-bot",
  protocol: PROTOCOL,
  credential: [
    { name: "n_packets", question: "Packets to send each time", default: "3" },
    { name: "sleep_packets", question: "Seconds from one packet to the next", default: "1.0" },
    { name: "timeout", question: "Seconds to wait for an answer", default: "1.0" },
    { name: "retry", question: "How often to send a lost packet again", default: "0" },
  ],
  // A new account has this one.
  sensors: [{ name: "Default ICMP ping sensor", interval: 60 }],
  device: [{ name: "ipv4", question: "IP address or name", default: "127.0.0.1" }],
  charts: ({ device }) => [
    {
      title: "answered packets",
      series: [{
        path: `entity.${device}.ping.success`,
        label: "Answered",
        unit: "%",
        expression: "$1*100",
      }],
    },
    {
      title: "round-trip time",
      series: [{
        path: `entity.${device}.ping.?.rtt`,
        label: "Packet $1",
        unit: "ms",
        expression: "$1*1000",
      }],
    },
  ],
};

if (import.meta.main) await runSetup(PingBot, SETUP);
