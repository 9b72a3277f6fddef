// What bench/netflow.ts measures, in a process of its own: the NetFlow bot, or a receiver that drops the packets. It
// answers each line on stdin: "count", or "hold" to watch the event loop until five seconds into the next minute.

// deno-lint-ignore-file no-console

import process from "node:process";
import { createInterface } from "node:readline";
import { NetflowBot } from "../templates/netflow/bot.ts";
import { receivePackets } from "../templates/netflow/receiver.ts";

/**
 * How long the event loop was held at most, in milliseconds of CPU time, so that it does not count when other programs have
 * the CPU.
 */
export interface Hold {
  /** In the five seconds before the minute's end. */
  readonly before: number;
  /** In the five seconds after it, when the bot sends the values. */
  readonly after: number;
}

/** What has been received so far. */
export interface Count {
  readonly port: number;
  readonly packets: number;
}

const WATCH_MS = 5000;

async function watch(): Promise<Hold> {
  const end = Math.ceil(Date.now() / 60_000) * 60_000;
  await new Promise((done) => setTimeout(done, end - WATCH_MS - Date.now()));
  const longest = { before: 0, after: 0 };
  for (let last = threadTime(); Date.now() < end + WATCH_MS;) {
    await new Promise((done) => setImmediate(done));
    const now = threadTime();
    const when = Date.now() < end ? "before" : "after";
    longest[when] = Math.max(longest[when], now - last);
    last = now;
  }
  return longest;
}

const { symbols: { clock_gettime } } = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});
const CLOCK_THREAD_CPUTIME_ID = 3;
const time = new BigInt64Array(2);

/** Returns the CPU time of this thread, in milliseconds. */
function threadTime(): number {
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, time);
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

async function startBot(): Promise<() => Count> {
  const { BENCH_URL, BENCH_TOKEN } = process.env;
  const bot = new NetflowBot(BENCH_URL!, BENCH_TOKEN!, 120, {
    logSink: ({ level, message }) => {
      if (level === "error") console.error(`${level}: ${message}`);
    },
  });
  bot.execute();
  while (bot.port === undefined) await new Promise((done) => setTimeout(done, 10));
  return () => ({ port: bot.port!, packets: bot.counts?.packets ?? 0 });
}

async function startDropping(): Promise<() => Count> {
  let packets = 0;
  const { port } = await receivePackets({ hostname: "127.0.0.1", port: 0 }, () => packets++);
  return () => ({ port, packets });
}

const status = await (process.argv[2] === "bot" ? startBot() : startDropping());
for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(line === "hold" ? await watch() : status()));
}
process.exit();
