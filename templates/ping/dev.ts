import { runInSandbox } from "@grafolean/collector/testing";
import { PingBot, PROTOCOL } from "./bot.ts";

const sensors = [{ interval: 5 }];

await runInSandbox(PingBot, {
  protocol: PROTOCOL,
  credential: { timeout: "1.0", retry: "0", n_packets: "3", sleep_packets: "0.2" },
  devices: [
    { name: "IPv4", details: { ipv4: "127.0.0.1" }, sensors },
    { name: "IPv6", details: { ipv4: "::1" }, sensors },
    { name: "a name", details: { ipv4: "localhost" }, sensors },
    { name: "unknown name", details: { ipv4: "no-such-host.invalid" }, sensors },
  ],
});
