// The bot that bench/ping.ts measures.

// deno-lint-ignore-file no-console

import { PingBot } from "../templates/ping/bot.ts";
import { SystemPinger } from "../templates/ping/system_ping.ts";

const [pinger, mode, times] = Deno.args;
const bot = new PingBot(
  Deno.env.get("PING_BENCH_URL")!,
  Deno.env.get("PING_BENCH_TOKEN")!,
  120,
  {
    maxConcurrentJobs: 10_000,
    settings: { ipVersion: undefined },
    ...(pinger === "ping" && { pinger: new SystemPinger() }),
  },
);

const TICK_MS = 10;
const late: number[] = [];
let last = performance.now();
const watch = setInterval(() => {
  const now = performance.now();
  late.push(Math.max(0, now - last - TICK_MS));
  last = now;
}, TICK_MS);

const seconds: number[] = [];
if (mode === "spread") {
  const ms = Number(times) * 60_000;
  await bot.execute({ signal: AbortSignal.timeout(ms) });
} else {
  for (let i = 0; i < Number(times); i++) {
    const start = performance.now();
    await bot.runOnce();
    seconds.push((performance.now() - start) / 1000);
  }
}
clearInterval(watch);
late.sort((a, b) => a - b);
console.log(JSON.stringify({
  seconds,
  rssMiB: Math.round(Deno.memoryUsage().rss / 2 ** 20),
  lateP99Ms: Math.round(late[Math.floor(late.length * 0.99)] ?? 0),
  lateMaxMs: Math.round(late.at(-1) ?? 0),
  errors: bot.stats().runs.failed,
}));
