// Pings devices of a sandbox once and prints their values of `success`, and what was logged.

// deno-lint-ignore-file no-console

import { Sandbox } from "@grafolean/collector/testing";
import { PingBot } from "../../../templates/ping/bot.ts";
import { SystemPinger } from "../../../templates/ping/system_ping.ts";

const DEVICES = {
  "alive": "127.0.0.1",
  "alive twin": "127.0.0.1:161",
  "alive name": "localhost",
  "silent": "10.66.1.1",
  "no route": "10.99.0.1",
  "no name": "bücher.invalid",
};

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol: "ping", account });
const credential = sandbox.addCredential(account, {
  protocol: "ping",
  details: { timeout: "3", retry: "0", n_packets: "2", sleep_packets: "0" },
});
const sensor = sandbox.addSensor(account, { protocol: "ping", defaultInterval: 60 });
const names = new Map<string, string>();
for (const [name, ipv4] of Object.entries(DEVICES)) {
  const { id } = sandbox.addEntity(account, {
    name,
    details: { ipv4 },
    protocols: { ping: { credential, bot, sensors: [sensor] } },
  });
  names.set(`${id}`, name);
}

async function runOnce(): Promise<string[]> {
  const logged: string[] = [];
  const collector = new PingBot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    settings: { ipVersion: undefined },
    ...(Deno.args[0] === "ping" && { pinger: new SystemPinger() }),
    logSink: ({ level, message }) => {
      if (level === "warn" || level === "error") logged.push(message);
    },
  });
  await collector.runOnce();
  return logged;
}

let logged: string[];
do {
  sandbox.clearValues();
  logged = await runOnce();
  // A busy machine may.
} while (logged.some((line) => line.includes("this machine stood still")));
const values: Record<string, number> = {};
for (const { p, v } of sandbox.values(account)) {
  const [, id, , ...rest] = p.split(".");
  if (rest.join() === "success") values[names.get(`${id}`)!] = v;
}
console.log(JSON.stringify({ values, logged }));
