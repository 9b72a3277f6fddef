// What a bot with 20,000 devices costs: time from its start to the first values, memory, and the longest block of the
// event loop.
//
//   deno run --allow-read=. --allow-net=127.0.0.1 bench/devices.ts [devices]

// deno-lint-ignore-file no-console

import { Collector, type EntityInfo, intervalsOf, type PerformJob } from "@grafolean/collector";

const DEVICES = Number(Deno.args[0] ?? 20_000);

const poll: PerformJob<EntityInfo> = async (_affectingIntervals, device, context) => {
  await context.sendResults(device.accountId, { [`entity.${device.entityId}.demo.answer`]: 42 });
};

class DemoBot extends Collector {
  override async *jobs() {
    for await (const device of this.fetchJobConfigs("demo")) {
      yield {
        jobId: `${device.entityId}`,
        intervals: intervalsOf(device),
        performJob: poll,
        jobParams: device,
      };
    }
  }
}

// The sandbox runs in a thread of its own, so that only the bot is measured.
const worker = new Worker(new URL("./devices_sandbox.ts", import.meta.url), { type: "module" });
const { url, token } = await new Promise<{ url: string; token: string }>((resolve) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(DEVICES);
});

const before = Deno.memoryUsage();
let longest = 0;
let last = performance.now();
const watch = setInterval(() => {
  const now = performance.now();
  longest = Math.max(longest, now - last - 5);
  last = now;
}, 5);
const phase = (name: string): void => {
  const { heapUsed } = Deno.memoryUsage();
  const heap = Math.round((heapUsed - before.heapUsed) / 2 ** 20);
  console.log(
    `${name.padEnd(34)} ${seconds().padStart(7)} s  event loop held ${
      longest.toFixed(0).padStart(4)
    } ms at most  heap +${heap} MiB`,
  );
  longest = 0;
};
const start = performance.now();
const seconds = (): string => ((performance.now() - start) / 1000).toFixed(2);

const bot = new DemoBot(url, token, 20);
const stop = new AbortController();
const work = bot.execute({ signal: stop.signal });
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((next) => setTimeout(next, 10));
};

await until(() => bot.stats().jobs.known > 0);
phase(`${bot.stats().jobs.known} jobs known`);
await until(() => bot.stats().values.sent > 0);
phase("first value stored");
await until(() => bot.stats().runs.ok >= DEVICES / 4);
phase("a quarter of the devices polled");
const { at } = bot.stats().refresh;
await until(() => bot.stats().refresh.at !== at);
phase("a refresh that changes nothing");
await until(() => bot.stats().runs.ok >= DEVICES);
phase("each device polled once");
await until(() => bot.stats().values.waiting === 0);
phase("all values stored");
stop.abort();
await work;
phase("ended");
const { runs, values, lateness } = bot.stats();
console.log({ runs, values, lateness, rss: `${Math.round(Deno.memoryUsage().rss / 2 ** 20)} MiB` });
clearInterval(watch);
worker.terminate();
