// Pings devices of which every fifth answers, in a network where 127.0.0.0/8 answers and packets to 10.66.0.0/16 vanish.
//
// Arguments: "fping", "bot-fping" or "bot-ping"; DEVICES BUSY_LOOPS

// deno-lint-ignore-file no-console

import { Sandbox } from "../../src/testing/mod.ts";
import { PingBot } from "../../templates/ping/bot.ts";
import { SystemPinger } from "../../templates/ping/system_ping.ts";
import { cpuOfPrograms, Meter } from "../meter.ts";

const PACKETS = 3;

const [pinger, devices, busyLoops] = Deno.args;
const hosts = Array.from({ length: Number(devices) }, (_, n) => {
  const network = n % 5 === 0 ? "127.1" : "10.66";
  return `${network}.${1 + (n >> 8)}.${n & 255}`;
});

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const { id, token } = sandbox.addBot({ protocol: "ping", account });
const details = { timeout: "1", retry: "0", n_packets: `${PACKETS}`, sleep_packets: "1" };
const credential = sandbox.addCredential(account, { protocol: "ping", details });
const sensor = sandbox.addSensor(account, { protocol: "ping", defaultInterval: 60 });
const ping = { credential, bot: id, sensors: [sensor] };
/** The paths of the values that must be 1; the others must be 0. */
const up = new Set<string>();
for (const ipv4 of hosts) {
  const device = sandbox.addEntity(account, { details: { ipv4 }, protocols: { ping } });
  if (ipv4.startsWith("127.")) up.add(`entity.${device.id}.ping.success`);
}
const bot = new PingBot("http://sandbox/api", token, 3600, {
  fetch: sandbox.fetch,
  maxConcurrentJobs: 10_000,
  settings: { ipVersion: undefined },
  ...(pinger === "bot-ping" && { pinger: new SystemPinger() }),
});

async function fping(): Promise<void> {
  const child = new Deno.Command("fping", {
    args: ["-q", `-C${PACKETS}`, "-p1000", "-t1000", "-i1"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const lines = ReadableStream.from(hosts.map((host) => `${host}\n`));
  await lines.pipeThrough(new TextEncoderStream()).pipeTo(child.stdin);
  await child.status;
}

const loops = Array.from(
  { length: Number(busyLoops) },
  () => new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn(),
);
const meter = new Meter();
await (pinger === "fping" ? fping() : bot.runOnce());
const { seconds, cpu, ...cost } = meter.stop();
const programs = await cpuOfPrograms();
for (const loop of loops) loop.kill("SIGKILL");

if (pinger === "fping") {
  console.log(JSON.stringify({ seconds, cpu: programs }));
} else {
  const results = sandbox.values(account).filter(({ p }) => p.endsWith(".success"));
  if (results.length !== hosts.length) throw new Error(`There are ${results.length} results`);
  const wrong = results.filter(({ p, v }) => (v === 1) !== up.has(p)).length;
  console.log(JSON.stringify({ seconds, cpu: cpu + programs, wrong, ...cost }));
}
