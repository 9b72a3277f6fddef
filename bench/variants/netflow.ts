// Receives packets of NetFlow, and counts those that are lost.
//
// Arguments: "nothing", "bot" or "nfcapd"; CONVERSATIONS PER_SECOND PAUSE_MS SECONDS, and what the server has printed

// deno-lint-ignore-file no-console

import { delay } from "@std/async/delay";
import process from "node:process";
import { NetflowBot } from "../../templates/netflow/bot.ts";
import { receivePackets } from "../../templates/netflow/receiver.ts";
import { cpuOfPrograms } from "../meter.ts";
import type { Load } from "../servers/netflow.ts";

const FLOWS_PER_PACKET = 30;
const WARM_UP_PACKETS = 10_000;

interface Received {
  readonly received: number;
  /** CPU time of the receiver, in seconds. */
  readonly cpu: number;
}

const [receiver, _conversations, rate, pauseMs, seconds, url = "", token = "", sender = ""] =
  Deno.args;
const perSecond = Number(rate);
const packets = perSecond * Number(seconds);
const folder = await Deno.makeTempDir();

/** Lets the packets be sent, and waits until all have arrived or are lost. */
async function send(port: number, load: Partial<Load> = {}): Promise<void> {
  const body = JSON.stringify({ port, packets, perSecond, pauseMs: Number(pauseMs), ...load });
  await (await fetch(sender, { method: "POST", body })).body?.cancel();
  await delay(300);
}

async function measure(port: number, received: () => number): Promise<Received> {
  // Slow enough for code that is not compiled yet.
  await send(port, { packets: WARM_UP_PACKETS, perSecond: 5_000, pauseMs: 1 });
  const before = received();
  const cpu = process.cpuUsage();
  await send(port);
  const { user, system } = process.cpuUsage(cpu);
  return { received: received() - before - 1, cpu: (user + system) / 1e6 };
}

async function bot(): Promise<Received> {
  const bot = new NetflowBot(url, token, 3600, {
    settings: {
      port: 0,
      hostname: "127.0.0.1",
      stateFile: `${folder}/state.jsonl`,
      memoryBytes: 256_000_000,
      suggest: true,
      scaleSampled: true,
    },
  });
  bot.execute();
  while (bot.port === undefined || !bot.stats().refresh.ok) await delay(10);
  return await measure(bot.port, () => bot.counts?.packets ?? 0);
}

function nothing(): Promise<Received> {
  let received = 0;
  const { port } = receivePackets({ hostname: "127.0.0.1", port: 0 }, () => received++);
  return measure(port, () => received);
}

/** Measures nfcapd from its start to its end. */
async function nfcapd(): Promise<Received> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  const cpu = await cpuOfPrograms();
  const child = new Deno.Command("nfcapd", {
    args: ["-b", "127.0.0.1", "-p", `${port}`, "-w", folder],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  let sending: Promise<void> | undefined;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    log += text;
    if (log.includes("Startup")) sending ??= send(port).then(() => child.kill());
  }
  await child.status;
  const [, flows] = /Flows: (\d+)/.exec(log)!;
  return { received: Number(flows) / FLOWS_PER_PACKET, cpu: await cpuOfPrograms() - cpu };
}

const receivers: Record<string, () => Promise<Received>> = { nothing, bot, nfcapd };
const { received, cpu } = await receivers[receiver!]!();
console.log(JSON.stringify({
  cpu: 1e6 * cpu / received,
  lost: 100 * (1 - received / packets),
}));
await Deno.remove(folder, { recursive: true });
Deno.exit();
