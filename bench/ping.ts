// How fast the ping bot is: 200 devices, all of them this machine, three packets to each without a pause.
//
// Run it with `deno run --allow-run=ping bench/ping.ts`.

// deno-lint-ignore-file no-console

import { Sandbox } from "@grafolean/collector/testing";
import { PingBot } from "../templates/ping/bot.ts";

const DEVICES = 200;
const PACKETS = 3;
const LONGEST_MS = 60_000;

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol: "ping", account });
const credential = sandbox.addCredential(account, {
  protocol: "ping",
  details: { timeout: "1", retry: "0", n_packets: `${PACKETS}`, sleep_packets: "0" },
});
const sensor = sandbox.addSensor(account, { protocol: "ping", defaultInterval: 60 });
for (let i = 0; i < DEVICES; i++) {
  sandbox.addEntity(account, {
    details: { ipv4: `127.0.0.${i + 1}` },
    protocols: { ping: { credential, bot, sensors: [sensor] } },
  });
}

for (const maxConcurrentJobs of [64, 256]) {
  sandbox.clearValues();
  const collector = new PingBot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    maxConcurrentJobs,
  });
  const start = performance.now();
  const { ok, failed } = await collector.runOnce({ signal: AbortSignal.timeout(LONGEST_MS) });
  const ms = performance.now() - start;
  const answered = sandbox.values(account).filter(({ p, v }) => p.endsWith(".ok") && v === 1);
  console.log(
    `${DEVICES} devices, ${PACKETS} packets each, at most ${maxConcurrentJobs} devices at once: ` +
      `${ms.toFixed(0)} ms, ${(DEVICES * PACKETS / ms * 1000).toFixed(0)} packets/s; ` +
      `${ok} jobs ok, ${failed} failed, ${answered.length} packets answered`,
  );
}
