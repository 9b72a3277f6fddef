import { runInSandbox } from "@grafolean/collector/testing";
import { PROTOCOL, SnmpBot } from "./bot.ts";
import { SETUP } from "./setup.ts";
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

const sensors = SETUP.sensors.map((sensor) => ({ ...sensor, interval: 2 }));

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
