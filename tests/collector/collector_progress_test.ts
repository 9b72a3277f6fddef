import { assertEquals } from "@std/assert";
import { Sandbox } from "../../src/testing/mod.ts";
import { VirtualTime } from "../virtual_time.ts";
import { grafolean, job, PROTOCOL, sending, START, TestBot } from "./collector_kit.ts";

/** What a bot has logged about its progress. */
function progressOf(bot: TestBot): string[] {
  return bot.logged("info").filter((line) =>
    /^(Reading|Listing|Running|Finishing|Sending)/.test(line)
  );
}

Deno.test("Collector logs how far the first refresh is", async () => {
  using time = new VirtualTime(START);
  const sandbox = new Sandbox();
  const { id, token } = sandbox.addBot({ protocol: PROTOCOL });
  for (let n = 0; n < 4; n++) {
    const account = sandbox.addAccount();
    const credential = sandbox.addCredential(account, { protocol: PROTOCOL });
    const sensor = sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval: 60 });
    const protocols = { [PROTOCOL]: { credential, bot: { id }, sensors: [sensor] } };
    for (let device = 0; device < 5; device++) sandbox.addEntity(account, { protocols });
  }
  sandbox.faults.add({ latency: 9 });
  const bot = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: async function* (bot) {
      for await (const { entityId } of bot.fetchJobConfigs(PROTOCOL)) yield job(`${entityId}`);
    },
  });
  await time.until(bot.runOnce(), 120);
  assertEquals(progressOf(bot), [
    "Reading accounts (10 s)",
    "Reading devices, account 1 of 4 (20 s)",
    "Reading devices, account 2 of 4: 5 jobs (40 s)",
    "Reading devices, account 4 of 4: 15 jobs (50 s)",
  ]);
});

Deno.test("Collector logs how far its jobs are listed, while none is known", async () => {
  using time = new VirtualTime(START);
  const { sandbox, bot: { token } } = grafolean();
  let attempts = 0;
  const bot = new TestBot({
    token,
    options: { fetch: sandbox.fetch },
    jobs: async function* () {
      attempts++;
      if (attempts === 1) throw new Error("not yet");
      yield job("a");
      await new Promise((end) => setTimeout(end, 15_000));
    },
  });
  const stop = new AbortController();
  const work = bot.execute({ signal: stop.signal });
  await time.pass(300);
  assertEquals([attempts, progressOf(bot)], [4, ["Listing jobs: 1 job (10 s)"]]);
  stop.abort();
  await time.until(work);
});

Deno.test("Collector.runOnce logs how far the jobs are, and then the delivery", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  sandbox.faults.add({ latency: 9, processed: true, when: ({ method }) => method !== "GET" });
  const bot = new TestBot({
    token,
    options: { fetch: sandbox.fetch, maxConcurrentJobs: 1 },
    jobs: () =>
      Array.from({ length: 1200 }, (_, n) =>
        sending(`j${n}`, account.id, {
          performJob: async (_affecting, _params, { sendResults }) => {
            await new Promise((end) => setTimeout(end, 20));
            if (n === 7) throw new Error("no answer");
            await sendResults(account.id, { [`j${n}`]: 1 });
          },
        })),
  });
  await time.until(bot.runOnce(), 600);
  const [first, second, ...rest] = progressOf(bot).map((line) =>
    line.replace(/[\d,]+ (of|left)/, "N $1")
  );
  assertEquals(first, "Running jobs: N of 1,200, 1 failed (10 s)");
  assertEquals(second, "Running jobs: N of 1,200, 1 failed (20 s)");
  assertEquals(
    rest.find((line) => !line.startsWith("Running")),
    "Sending queued values: N left (10 s)",
  );
});

Deno.test("Collector.execute logs how much time is left to finish", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const bot = new TestBot({
    token,
    options: { fetch: sandbox.fetch, shutdownTimeout: 60 },
    jobs: () => [
      sending("a", account.id),
      job("hangs", { startTs: START + 5, performJob: () => new Promise(() => {}) }),
    ],
  });
  const stop = new AbortController();
  const work = bot.execute({ signal: stop.signal });
  await time.pass(6);
  sandbox.faults.add({ hang: true });
  await time.pass(10);
  stop.abort();
  await time.until(work, 70);
  const lines = progressOf(bot);
  assertEquals(lines[0], "Finishing jobs: 1 running, 50 s left");
  assertEquals(lines.at(-1), "Sending queued values: 1 left, 10 s left");
});
