import { runInSandbox } from "@grafolean/collector/testing";
import { MinimalBot, PROTOCOL } from "./bot.ts";

await runInSandbox(MinimalBot, {
  protocol: PROTOCOL,
  credential: { user: "reader", password: "secret" },
  // As in Grafolean, devices share sensors: both have the first one.
  devices: [
    { name: "kitchen", details: { ipv4: "127.0.0.1" }, sensors: [{ interval: 2 }] },
    { name: "cellar", details: { ipv4: "127.0.0.2" }, sensors: [{ interval: 2 }, { interval: 6 }] },
  ],
});
