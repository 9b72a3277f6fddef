// The SNMP bot beside Net-SNMP's programs, all polling a real `snmpd` on this machine. For Linux with the Debian packages
// snmp, snmpd and time. Takes 6 minutes, and 5 more for each FOLDER, a checkout whose bot takes turns with this one.
//
//   deno run --allow-read=. --allow-write=/tmp --allow-net=127.0.0.1 \
//     --allow-run=/usr/sbin/snmpd,/usr/bin/time,bash bench/snmp.ts [FOLDER...]

// deno-lint-ignore-file no-console

import { Sandbox } from "@grafolean/collector/testing";
import { nextSlot, slotOrigin } from "../src/jobs/slots.ts";
import { Snmpd } from "../templates/snmp/testing/snmpd.ts";

const ROUNDS = 5;
const POLLS = 20;
const DEVICES = 1_000;
const LIVE = 200;
const SECONDS = 120;
const TABLE = "1.3.6.1.4.1.8072.9999.1.1";
const OPTIONS = "-v2c -c bench -On";

type Env = Record<string, string>;
type Figures = Record<string, number>;

const folders = [".", ...Deno.args];
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const hosts = upTo(DEVICES).map((n) => `127.0.${1 + (n >> 8)}.${n & 255}`);
const sensor = (output_path: string, fetch_method: string, ...oids: string[]) => ({
  oids: oids.map((oid) => ({ oid: `${TABLE}.${oid}`, fetch_method })),
  expression: `$${oids.length}`,
  output_path,
});
const columns = [2, 3, 4, 5, 6].map((n) => sensor(`column${n}.{$1}`, "walk", "1", `${n}`));
const gets = upTo(6).map((row) => sensor(`get${row}`, "get", `2.${row}`));
const walk = sensor("row.{$index}", "walk", "7");
// Columns 1 to 6 have 500 rows, column 7 has ten. The interfaces of this machine are hidden.
const agentConfig = [
  ...upTo(500).map((row) => `override ${TABLE}.1.${row} octet_str "port ${row}"`),
  ...[2, 3, 4, 5, 6, 7].flatMap((column) =>
    upTo(column < 7 ? 500 : 10).map((row) => `override ${TABLE}.${column}.${row} uinteger ${row}`)
  ),
  ...["included .1", "excluded .1.3.6.1.2.1.2", "excluded .1.3.6.1.2.1.31"].map((it) =>
    `view v ${it}`
  ),
  "rocommunity bench default -V v",
];

/** One device with 3,000 values, which the bot polls each second. */
async function table(): Promise<void> {
  await using agent = await Snmpd.start(agentConfig);
  const address = `127.0.0.1:${agent.port}`;
  const figures = (polls: number, ms: number, packets: number, cpu: number) => ({
    "ms/poll": ms,
    "packets/poll": packets / polls,
    "CPU ms/1,000 values": 1000 * cpu / POLLS / 3,
  });
  await compare(address, async (folder, packets) => {
    await using grafolean = await startGrafolean([address], columns, 1);
    const { cpu, log } = await runBot(folder, 5, POLLS, { ...grafolean.env, LOG_LEVEL: "debug" });
    const runs = [...log.matchAll(/Done in (\S+) s .*: 1 s/g)].map((run) => 1000 * Number(run[1]));
    return figures(runs.length, median(runs), await packets(), cpu);
  }, async (packets) => {
    const poll = `snmpbulkwalk ${OPTIONS} -Cr25 ${address} ${TABLE}`;
    const { seconds, cpu } = await runBash(`for i in {1..${POLLS}}; do ${poll}; done`);
    return figures(POLLS, 1000 * seconds / POLLS, await packets(), cpu);
  });
}

/** 1,000 devices, each polled once. */
async function fleet(): Promise<void> {
  await using agent = await Snmpd.start(agentConfig, undefined, hosts);
  const addresses = hosts.map((host) => `${host}:${agent.port}`);
  await compare(addresses[0]!, async (folder, packets) => {
    await using grafolean = await startGrafolean(addresses, [...gets, walk], 60);
    const { seconds, cpu, rss } = await runBash(`${commandOf(folder)} --once`, grafolean.env);
    const values = grafolean.times.size;
    return { seconds, "CPU s": cpu, packets: await packets(), "RSS MB": rss, values };
  }, async (packets) => {
    const each = `printf "%s\\n" ${addresses.join(" ")} | xargs -P32 -I@`;
    const oids = upTo(6).map((row) => `${TABLE}.2.${row}`).join(" ");
    const get = `${each} snmpget ${OPTIONS} @ ${oids}`;
    const { seconds, cpu } = await runBash(`${get}; ${each} snmpbulkwalk ${OPTIONS} @ ${TABLE}.7`);
    return { seconds, "CPU s": cpu, packets: await packets() };
  });
}

/** 1,000 devices of which 800 do not answer, polled every 10 seconds. */
async function dead(): Promise<void> {
  await using agent = await Snmpd.start(agentConfig, undefined, hosts.slice(0, LIVE));
  await using hanging = await Snmpd.start([], undefined, hosts.slice(LIVE));
  hanging.pause();
  const addresses = hosts.map((host, i) => `${host}:${(i < LIVE ? agent : hanging).port}`);
  const intervals = [10];
  for (const folder of folders) {
    await using grafolean = await startGrafolean(addresses, gets.slice(0, 1), 10);
    const { from, log, cpu, ...used } = await runBot(folder, 30, SECONDS, grafolean.env);
    const late = [...grafolean.times].flatMap(([path, times]) => {
      const origin = slotOrigin({ jobId: path.split(".")[1]! });
      const lateness = times.map((at, i) =>
        at - nextSlot(intervals, origin, (times[i - 1] ?? from) * 1000) / 1000
      );
      return lateness.filter((_, i) => times[i]! > from && times[i]! <= from + SECONDS);
    }).sort((a, b) => a - b);
    const lines = ["INFO", "WARN", "ERROR"].map((it) => [it, log.split(` ${it} `).length - 1]);
    print(folder, {
      "live runs %": 100 * late.length / (LIVE * SECONDS / 10),
      "p99 late s": late[Math.floor(late.length * 0.99)]!,
      "max late s": late.at(-1)!,
      ...Object.fromEntries(lines),
      "CPU s": cpu,
      ...used,
    });
  }
  console.log("asked for: live runs 100 %, p99 late below 1 s");
}

/** Measures the bots and Net-SNMP in turn, and prints the medians. `packets` counts what the agent has received. */
async function compare(
  address: string,
  measureBot: (folder: string, packets: () => Promise<number>) => Promise<Figures>,
  measureNetSnmp: (packets: () => Promise<number>) => Promise<Figures>,
): Promise<void> {
  const count = `snmpget ${OPTIONS} -Oqv ${address} 1.3.6.1.2.1.11.1.0`;
  const received = async () => Number((await runBash(count)).stdout);
  const all = new Map<string, Figures[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of [...folders, "Net-SNMP"]) {
      const before = await received();
      const packets = async () => await received() - before - 1;
      const isBot = folders.includes(name);
      const figures = await (isBot ? measureBot(name, packets) : measureNetSnmp(packets));
      all.set(name, [...all.get(name) ?? [], figures]);
    }
  }
  const medians = [...all].map(([name, rounds]) => {
    const keys = Object.keys(rounds[0]!);
    const values = keys.map((key) => [key, median(rounds.map((each) => each[key]!))]);
    return [name, Object.fromEntries(values) as Figures] as const;
  });
  for (const [name, figures] of medians) print(name, figures, medians.at(-1)![1]);
}

function print(name: string, figures: Figures, beside: Figures = {}): void {
  const texts = Object.entries(figures).map(([key, value]) => {
    const ratio = key in beside ? ` (× ${(value / beside[key]!).toFixed(2)})` : "";
    return `${key} ${+value.toPrecision(3)}${ratio}`;
  });
  console.log(`${name}: ${texts.join(", ")}`);
}

/** Starts a Grafolean with devices at these addresses. `times` has the times at which values were stored, by path. */
async function startGrafolean(addresses: string[], sensors: object[], defaultInterval: number) {
  const protocol = "snmp";
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const { id: bot, token } = sandbox.addBot({ protocol, account });
  const details = { version: "snmpv2c", snmpv12_community: "bench" };
  const credential = sandbox.addCredential(account, { protocol, details });
  const snmp = {
    credential,
    bot,
    sensors: sensors.map((it) =>
      sandbox.addSensor(account, { protocol, defaultInterval, details: { ...it } })
    ),
  };
  for (const ipv4 of addresses) {
    sandbox.addEntity(account, { name: ipv4, details: { ipv4 }, protocols: { snmp } });
  }
  const times = new Map<string, number[]>();
  sandbox.onValues((values) => {
    for (const { p } of values) times.set(p, [...times.get(p) ?? [], Date.now() / 1000]);
  });
  const server = await sandbox.listen();
  const env = { BACKEND_URL: server.url, BOT_TOKEN: token, SNMP_STATUS_VALUES: "no" };
  return { times, env, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function commandOf(folder: string): string {
  return `exec deno run --no-prompt -ENRS ${folder}/templates/snmp/main.ts`;
}

/** Runs a bot, and returns what it logged, and what it used in `seconds` after `warmUp`. */
async function runBot(folder: string, warmUp: number, seconds: number, env: Env) {
  const options = { env, stdout: "null", stderr: "piped" } as const;
  const bot = new Deno.Command("bash", { args: ["-c", commandOf(folder)], ...options }).spawn();
  const log = new Response(bot.stderr).text();
  await pause(warmUp);
  const from = Date.now() / 1000;
  const before = await usageOf(bot.pid);
  await pause(seconds);
  const { cpu, ...usage } = await usageOf(bot.pid);
  bot.kill("SIGTERM");
  return { from, log: await log, cpu: cpu - before.cpu, ...usage };
}

/** Returns the seconds of CPU, the most memory in MB and the number of sockets of a process. */
async function usageOf(pid: number) {
  const script = `cd /proc/${pid}; cat stat; grep VmHWM status; ls -l fd | grep -c socket:`;
  const [stat = "", memory = "", sockets] = (await runBash(script)).stdout.split("\n");
  const ticks = stat.slice(stat.lastIndexOf(")")).split(" "); // of 10 ms
  const cpu = (Number(ticks[12]) + Number(ticks[13])) / 100;
  return { cpu, "RSS MB": parseInt(memory.slice(6)) / 1024, sockets: Number(sockets) };
}

/** Runs a script, and returns what it printed and used. */
async function runBash(script: string, env: Env = {}) {
  const args = ["-f", "%e %U %S %M", "bash", "-c", script];
  // Without MIBS, Net-SNMP spends most of its time on reading MIBs.
  const output = await new Deno.Command("/usr/bin/time", { args, env: { ...env, MIBS: "" } })
    .output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((it) => new TextDecoder().decode(it));
  const usage = stderr!.trim().split("\n").at(-1)!.split(" ").map(Number);
  const [seconds = 0, user = 0, system = 0, kilobytes = 0] = usage;
  return { stdout: stdout!, seconds, cpu: user + system, rss: kilobytes / 1024 };
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

console.log(`${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}, ${ROUNDS} rounds`);
for (const part of [table, fleet, dead]) {
  console.log(`\n${part.name}`);
  await part();
}
