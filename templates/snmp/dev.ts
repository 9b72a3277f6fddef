import { runInSandbox } from "@grafolean/collector/testing";
import { PROTOCOL, SnmpBot } from "./bot.ts";
import { TestDevice } from "./testing/device.ts";

using device = await TestDevice.start([
  { index: 1, name: "lo", speed: 10_000_000, bytesIn: 0 },
  { index: 2, name: "eth0", speed: 1_000_000_000, bytesIn: 0 },
]);
// Traffic that rises and falls within a minute.
let bytes = 0;
const traffic = setInterval(() => {
  bytes += Math.round(125_000 * (1 + Math.sin(Date.now() * 2 * Math.PI / 60_000)));
  device.setBytesIn(2, bytes % 2 ** 32);
}, 1000);

const IF_DESCR = { oid: "1.3.6.1.2.1.2.2.1.2", fetch_method: "walk" };
const IF_IN_OCTETS = { oid: "1.3.6.1.2.1.2.2.1.10", fetch_method: "walk" };
const IF_SPEED = { oid: "1.3.6.1.2.1.2.2.1.5.2", fetch_method: "get" };
const sensors = [
  {
    interval: 2,
    details: {
      oids: [IF_DESCR, IF_IN_OCTETS],
      expression: "$2*8",
      output_path: "if.in.{$index}.{$1}",
    },
  },
  {
    interval: 10,
    details: { oids: [IF_SPEED], expression: "$1 / 1000000", output_path: "mbps" },
  },
];

await runInSandbox(SnmpBot, {
  protocol: PROTOCOL,
  credential: { version: "snmpv2c", snmpv12_community: "public" },
  devices: [
    { name: "switch", details: { ipv4: device.address }, sensors },
    { name: "device that is off", details: { ipv4: "127.0.0.1:9" }, sensors },
  ],
  permissions: "all",
});
clearInterval(traffic);
