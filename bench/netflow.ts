// The NetFlow bot beside a receiver that drops the packets, and beside nfcapd (left out where it is not installed): CPU
// time per packet of 30 flows, how many are lost, and how long a minute's end holds the event loop of the bot.
//
//   deno run -A bench/netflow.ts
//
// -A, as with less Deno does not read from /proc how much CPU time another process has used.
// It sends NetFlow v9 over loopback to each in turn. Needs Linux, and takes nine minutes.

// deno-lint-ignore-file no-console

import { Sandbox } from "@grafolean/collector/testing";
import { delay } from "@std/async/delay";
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  v9,
} from "../templates/netflow/testing/packet_builder.ts";
import type { Count, Hold } from "./netflow_receiver.ts";
import type { Load } from "./netflow_sender.ts";

const CONVERSATIONS = [30, 20_000];
const INTERFACES = 8;
const FLOWS_PER_PACKET = 30;
const PACKETS = 2_000;
const ROUNDS = 3;
// Each packet that comes alone wakes the receiver, which takes longer than receiving a burst.
const CPU = [
  { rate: 5_000, seconds: 4, pause: 1 },
  { rate: 5_000, seconds: 4, pause: 0 },
];
const LOSS = [
  { rate: 10_000, seconds: 3, pause: 1 },
  { rate: 20_000, seconds: 3, pause: 1 },
  { rate: 10_000, seconds: 3, pause: 50 }, // in bursts of 500
];

const HAS_NFCAPD = await new Deno.Command("nfcapd", { args: ["-V"] }).output()
  .then(() => true, () => false);

const TEMPLATE = v9({}, set(0, template(256, IPV4_FIELDS)));

/** Returns packets of flows of many conversations, all equally often. */
function makePackets(conversations: number): Uint8Array[] {
  let seed = 42;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  return Array.from({ length: PACKETS }, () => {
    const records = Array.from({ length: FLOWS_PER_PACKET }, () => {
      const record = ipv4Record(40 + random(100_000));
      const view = new DataView(record.buffer);
      const n = random(conversations);
      view.setUint32(0, 0x0a000000 + n); // source
      view.setUint32(4, 0xc0a80000 + (n * 7) % conversations); // destination
      view.setUint32(12, 1 + n % INTERFACES); // input
      view.setUint16(32, 1 + n % 5_000); // destination port
      return record;
    });
    return v9({}, set(256, ...records));
  });
}

/** A process that receives packets. */
interface Receiver {
  readonly pid: number;
  readonly port: number;
  /** Returns the number of packets received so far. nfcapd ends with that. */
  count(): Promise<number>;
}

const PERMISSIONS = ["env", "ffi", "net=127.0.0.1", "read", "write"].map((each) =>
  `--allow-${each}`
);

/** A receiver that runs `netflow_receiver.ts`. */
class DenoReceiver implements Receiver {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  port = 0;

  constructor(what: "bot" | "nothing", env: Record<string, string> = {}) {
    const script = new URL("netflow_receiver.ts", import.meta.url).pathname;
    this.#child = spawn(Deno.execPath(), ["run", ...PERMISSIONS, "--unstable-net", script, what], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...Deno.env.toObject(), ...env },
    });
    this.#lines = createInterface(this.#child.stdout!)[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async start(): Promise<this> {
    this.port = (await this.#ask<Count>("count")).port;
    return this;
  }

  async count(): Promise<number> {
    return (await this.#ask<Count>("count")).packets;
  }

  hold(): Promise<Hold> {
    return this.#ask("hold");
  }

  stop(): void {
    this.#child.stdin!.end();
  }

  async #ask<T>(line: "count" | "hold"): Promise<T> {
    this.#child.stdin!.write(`${line}\n`);
    return JSON.parse((await this.#lines.next()).value);
  }
}

async function startNfcapd(): Promise<Receiver> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  const directory = await Deno.makeTempDir();
  const child = spawn("nfcapd", ["-b", "127.0.0.1", "-p", `${port}`, "-w", directory]);
  const lines = createInterface(child.stderr)[Symbol.asyncIterator]();
  const next = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const { value = "", done } = await lines.next();
      if (done) throw new Error("nfcapd has stopped");
      const match = pattern.exec(value);
      if (match !== null) return match;
    }
  };
  await next(/Startup/);
  return {
    pid: child.pid!,
    port,
    async count() {
      child.kill("SIGTERM");
      const [, flows] = await next(/Flows: (\d+)/);
      await Deno.remove(directory, { recursive: true });
      return 1 + Number(flows) / FLOWS_PER_PACKET;
    },
  };
}

/** Returns the CPU time of a process, in microseconds. */
function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return 10_000 * (Number(fields[11]) + Number(fields[12])); // ticks of 10 ms
}

const sender = new Worker(import.meta.resolve("./netflow_sender.ts"), { type: "module" });

/** Sends packets to a receiver, and returns its CPU time for each and the share that it lost. */
async function measure(
  receiver: Receiver,
  packets: readonly Uint8Array[],
  { rate, seconds, pause }: { rate: number; seconds: number; pause: number },
): Promise<{ cpu: number; lost: number; sentPerSecond: number }> {
  const count = rate * seconds;
  const before = receiver instanceof DenoReceiver ? await receiver.count() : 0;
  const cpuBefore = cpuOf(receiver.pid);
  const load: Load = { port: receiver.port, rate, count, pause, template: TEMPLATE, packets };
  const took = await new Promise<number>((resolve) => {
    sender.onmessage = ({ data }) => resolve(data);
    sender.postMessage(load);
  });
  await delay(300);
  const cpu = cpuOf(receiver.pid) - cpuBefore;
  const received = await receiver.count() - before - 1;
  return { cpu: cpu / received, lost: 1 - received / count, sentPerSecond: count / took };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Waits until so many seconds before the end of a minute; for the next minute if there is less time left. */
async function untilBeforeMinuteEnd(seconds: number): Promise<void> {
  const left = 60 - Date.now() / 1000 % 60 - seconds;
  await delay(1000 * (left < 0 ? left + 60 : left));
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** Prints the figures with packets of so many conversations. */
async function bench(conversations: number): Promise<void> {
  const packets = makePackets(conversations);
  const directory = await Deno.makeTempDir();
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const token = sandbox.addBot({ protocol: "netflow", account });
  const credential = sandbox.addCredential(account, { protocol: "netflow", details: {} });
  const sensor = sandbox.addSensor(account, {
    protocol: "netflow",
    defaultInterval: null,
    details: {},
  });
  sandbox.addEntity(account, {
    name: "router",
    details: { ipv4: "127.0.0.1" },
    protocols: { netflow: { credential, bot: token, sensors: [sensor] } },
  });
  await using server = await sandbox.listen();
  const dropping = await new DenoReceiver("nothing").start();
  const bot = await new DenoReceiver("bot", {
    BENCH_URL: server.url,
    BENCH_TOKEN: token.token,
    NETFLOW_HOST: "127.0.0.1",
    NETFLOW_PORT: "0",
    NETFLOW_STATE_FILE: `${directory}/state.jsonl`,
  }).start();
  const programs: Record<string, () => Promise<Receiver>> = {
    "receive and drop": () => Promise.resolve(dropping),
    "the bot": () => Promise.resolve(bot),
    ...(HAS_NFCAPD && { nfcapd: startNfcapd }),
  };
  const names = Object.keys(programs);

  console.log(`\n${conversations} conversations, ${INTERFACES} interfaces`);
  for (const start of Object.values(programs)) await measure(await start(), packets, CPU[0]!); // to warm up
  for (const load of CPU) {
    const cpu: Record<string, number>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      cpu.push({});
      for (const name of names) {
        cpu[round]![name] = (await measure(await programs[name]!(), packets, load)).cpu;
      }
    }
    const ratio = (other: string) =>
      median(cpu.map((round) => round["the bot"]! / round[other]!)).toFixed(2);
    console.log(
      `µs of CPU per packet, ${load.pause > 0 ? "in bursts" : "one by one"}:`,
      names.map((name) => `${name} ${median(cpu.map((round) => round[name]!)).toFixed(1)}`).join(
        ", ",
      ),
    );
    console.log(
      `  ratios: ${
        names.filter((name) => name !== "the bot").map((other) =>
          `the bot / ${other} ${ratio(other)}`
        ).join(", ")
      }`,
    );
  }
  const losses: Record<string, string[]> = {};
  for (const load of LOSS) {
    for (const name of names) {
      const { lost, sentPerSecond } = await measure(await programs[name]!(), packets, load);
      (losses[name] ??= []).push(`${percent(lost)} of ${Math.round(sentPerSecond)}/s`);
    }
  }
  for (const name of names) console.log(`lost: ${name} ${losses[name]!.join(", ")}`);
  await untilBeforeMinuteEnd(12);
  await measure(bot, packets, CPU[0]!);
  const { before, after } = await bot.hold();
  console.log(
    `event loop held for ${after.toFixed(1)} ms at most after the minute's end,`,
    `${before.toFixed(1)} ms before it, when the bot was idle`,
  );
  await untilBeforeMinuteEnd(5);
  const { lost } = await measure(bot, packets, { rate: 10_000, seconds: 10, pause: 1 });
  console.log(`lost over a minute's end at 10,000 packets/s: ${percent(lost)}`);
  dropping.stop();
  bot.stop();
  await Deno.remove(directory, { recursive: true });
}

console.log(
  `load average ${Deno.loadavg().map((n) => n.toFixed(1)).join(", ")}; kernel buffer of ${
    Deno.readTextFileSync("/proc/sys/net/core/rmem_default").trim()
  } bytes`,
);
for (const conversations of CONVERSATIONS) await bench(conversations);
sender.terminate();
