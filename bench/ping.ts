// The ping bot beside plain fping: 1,000 devices, 800 of which never answer, three packets to each.
//
//   deno run -A bench/ping.ts [minutes]
//
// With `minutes`, the last row is the bot as it runs: each device once a minute, at its own moment. Needs Linux with
// `unshare`, `ip`, `fping` and `ping`, and no privileges: it runs in a network of its own, where 127.0.0.0/8 answers, and
// packets to 10.66.0.0/16 are sent and vanish.

// deno-lint-ignore-file no-console

import { type Account, Sandbox } from "@grafolean/collector/testing";

const DEVICES = 1000;
const ALIVE = 200;
const PACKETS = 3;
const BUSY_LOOPS = 4;
const MINUTES = Number(Deno.args[0] ?? 0);

const NETWORK = `
ip link set lo up
ip link add silent0 type veth peer name silent1
ip link set silent0 arp off up
ip link set silent1 up
ip addr add 10.66.0.1/16 dev silent0
exec "$@"`;

if (Deno.env.get("PING_BENCH") === undefined) {
  const args = ["-rn", "sh", "-ec", NETWORK, "sh", Deno.execPath(), "run", "-A"];
  const { code } = await new Deno.Command("unshare", {
    args: [...args, import.meta.filename!, ...Deno.args],
    env: { PING_BENCH: "inside" },
  }).spawn().status;
  Deno.exit(code);
}

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol: "ping", account });
const credential = sandbox.addCredential(account, {
  protocol: "ping",
  details: { timeout: "1", retry: "0", n_packets: `${PACKETS}`, sleep_packets: "1" },
});
const sensor = sandbox.addSensor(account, { protocol: "ping", defaultInterval: 60 });
const hosts = Array.from({ length: DEVICES }, (_, i) => {
  const isAlive = i % (DEVICES / ALIVE) === 0;
  return { isAlive, address: `${isAlive ? "127.1" : "10.66"}.${1 + (i >> 8)}.${i & 255}` };
});
const alive = new Map<string, boolean>();
for (const { address, isAlive } of hosts) {
  const { id } = sandbox.addEntity(account, {
    name: address,
    details: { ipv4: address },
    protocols: { ping: { credential, bot, sensors: [sensor] } },
  });
  alive.set(`${id}`, isAlive);
}

/** Counts the runs of devices whose values are right, and those whose values are wrong. */
function check(account: Account): { right: number; falseOutages: number; falselyUp: number } {
  const count = { right: 0, falseOutages: 0, falselyUp: 0 };
  for (const { p, v } of sandbox.values(account)) {
    if (!p.endsWith(".success")) continue;
    const isAlive = alive.get(p.split(".")[1] ?? "");
    if (v === (isAlive ? 1 : 0)) count.right++;
    else if (isAlive) count.falseOutages++;
    else count.falselyUp++;
  }
  return count;
}

async function runFping(intervalMs: number): Promise<number> {
  const start = performance.now();
  const child = new Deno.Command("fping", {
    args: ["-q", `-C${PACKETS}`, "-p1000", "-t1000", `-i${intervalMs}`],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(hosts.map(({ address }) => `${address}\n`).join("")));
  await writer.close();
  await child.status;
  return (performance.now() - start) / 1000;
}

interface BotRun {
  readonly seconds: number[];
  readonly rssMiB: number;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  readonly errors: number;
}

/** Runs the bot in a process of its own. */
async function runBot(pinger: string, mode: string, times: number): Promise<BotRun> {
  sandbox.clearValues();
  const { url } = server;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./ping_bot.ts", import.meta.url).href, pinger, mode, `${times}`],
    env: { PING_BENCH_URL: url, PING_BENCH_TOKEN: bot.token },
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Prints how the bot did beside the seconds that fping took just before. */
async function row(name: string, pinger: string, mode: string, times: number, fpingS: number) {
  const { seconds, rssMiB, lateP99Ms, lateMaxMs, errors } = await runBot(pinger, mode, times);
  const { right, falseOutages, falselyUp } = check(account);
  const longest = Math.max(...seconds);
  const took = mode === "spread"
    ? "spread"
    : `${longest.toFixed(1)} s at most, ${(longest / fpingS).toFixed(2)} of fping`;
  console.log(
    `${name}: ${took}; ${right} results right, ${falseOutages} false outages, ${falselyUp} falsely up, ` +
      `${errors} errors; RSS ${rssMiB} MiB; event loop late p99 ${lateP99Ms} ms, at most ${lateMaxMs} ms`,
  );
}

async function rows(title: string, times: number): Promise<void> {
  const seconds = await runFping(1);
  console.log(`\n${title}\nfping -i1: ${seconds.toFixed(1)} s`);
  await row(`bot with fping, ${times} times`, "fping", "together", times, seconds);
  await row("bot with ping, once", "ping", "together", 1, seconds);
}

const server = await sandbox.listen();
await rows("All devices are due at once", 7);
const loops = Array.from(
  { length: BUSY_LOOPS },
  () => new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn(),
);
try {
  await rows(`The same beside ${BUSY_LOOPS} busy loops`, 3);
} finally {
  for (const loop of loops) loop.kill("SIGKILL");
  await Promise.all(loops.map((loop) => loop.status));
}
if (MINUTES > 0) {
  console.log("\nEach device once a minute");
  await row(`bot with fping, ${MINUTES} minutes`, "fping", "spread", MINUTES, NaN);
}
await server.close();
