import { assert, assertEquals, assertRejects } from "@std/assert";
import { runBot } from "../../src/bot/run_bot.ts";
import { Collector } from "../../src/collector/collector.ts";
import type { CollectorOptions, StartContext } from "../../src/collector/options.ts";
import { runInSandbox } from "../../src/testing/mod.ts";
import { ConfigError } from "../../src/util/errors.ts";
import type { LogRecord } from "../../src/util/log.ts";
import { VirtualTime } from "../virtual_time.ts";
import { grafolean, job, PROTOCOL, sending, START, TestBot } from "./collector_kit.ts";

/** A bot that records the order of its calls, and whose hooks a test may replace. */
class HookBot extends Collector {
  readonly calls: string[] = [];
  readonly records: LogRecord[] = [];
  start: (context: StartContext) => void | Promise<void> = () => {};
  stop: () => void | Promise<void> = () => {};

  constructor(options: CollectorOptions = {}) {
    super("http://sandbox/api", "a-token", 120, {
      logSink: (record) => this.records.push(record),
      ...options,
    });
  }

  override async onStart(context: StartContext) {
    this.calls.push(`start ${context.mode}`);
    await this.start(context);
  }

  override async onStop() {
    this.calls.push("stop");
    await this.stop();
  }

  override jobs() {
    this.calls.push("jobs");
    return [job("a", {
      startTs: START + 5,
      performJob: async () => {
        await new Promise((done) => setTimeout(done, 1000));
        this.calls.push("job");
      },
    })];
  }

  logged(): string[] {
    return this.records.map(({ level, message }) => `${level} ${message}`);
  }
}

for (const mode of ["run", "once", "dry-run"] as const) {
  Deno.test(`Collector calls onStart before jobs() and onStop after the last job in mode ${mode}`, async () => {
    using time = new VirtualTime(START);
    const { sandbox } = grafolean();
    const bot = new HookBot({
      fetch: sandbox.fetch,
      ...(mode === "dry-run" && { dryRun: () => {} }),
    });
    const stop = new AbortController();
    const running = mode === "run" ? bot.execute({ signal: stop.signal }) : bot.runOnce();
    if (mode === "run") {
      await time.pass(5.5);
      stop.abort();
    }
    await time.until<unknown>(running);
    assertEquals(bot.calls, [`start ${mode}`, "jobs", "job", "stop"]);
  });
}

Deno.test("Collector does not start if onStart throws, and calls onStop all the same", async () => {
  const bot = new HookBot();
  bot.start = () => {
    throw new ConfigError(["MY_PORT is wrong"]);
  };
  await assertRejects(() => bot.execute(), ConfigError, "MY_PORT is wrong");
  await assertRejects(() => bot.runOnce(), ConfigError, "MY_PORT is wrong");
  assertEquals(bot.calls, ["start run", "stop", "start once", "stop"]);
});

Deno.test("Collector throws at once what onStart throws, and keeps the values in its outbox file", async () => {
  const outboxFile = await Deno.makeTempFile();
  try {
    const { sandbox, account, bot: { token } } = grafolean();
    const options = { fetch: sandbox.fetch, outboxFile, shutdownTimeout: 0.2 };
    const jobs = () => [sending("a", account.id)];
    const fault = sandbox.faults.add({ status: 503, when: ({ path }) => path.endsWith("/values") });
    assertEquals((await new TestBot({ token, jobs, options }).runOnce()).waiting, 1);
    fault.remove();

    class BrokenBot extends TestBot {
      override onStart() {
        throw new ConfigError(["MY_PORT is wrong"]);
      }
    }
    using time = new VirtualTime(START);
    sandbox.faults.add({ hang: true });
    const bot = new BrokenBot({ token, jobs, options: { ...options, shutdownTimeout: 8 } });
    await time.until(assertRejects(() => bot.execute(), ConfigError));
    assert(time.now() / 1000 - START < 1, `${time.now() / 1000 - START} s`);
    assertEquals(bot.stats().values.waiting, 1);
  } finally {
    await Deno.remove(outboxFile);
  }
});

Deno.test("Collector can be stopped while onStart waits", async () => {
  const bot = new HookBot();
  const stop = new AbortController();
  bot.start = ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      stop.abort();
    });
  await bot.execute({ signal: stop.signal });
  assertEquals(bot.calls, ["start run", "stop"]);
});

Deno.test("Collector stops within the shutdown timeout, even if its hooks never return", async () => {
  using time = new VirtualTime(START);
  const bot = new HookBot({ shutdownTimeout: 3 });
  const stop = new AbortController();
  bot.start = bot.stop = () => new Promise(() => {});
  const running = bot.execute({ signal: stop.signal });
  await time.pass(1);
  stop.abort();
  await time.until(running);
  assert(time.now() / 1000 - START < 4.5, `${time.now() / 1000 - START} s`);
  assertEquals(bot.logged(), [
    "warn Not waiting any longer for onStart(): make it heed its signal",
    "warn Not waiting any longer for onStop() after 0.9 s",
  ]);
});

Deno.test("Collector logs what onStop throws, and stops all the same", async () => {
  const bot = new HookBot({ fetch: grafolean().sandbox.fetch });
  bot.jobs = () => [];
  bot.stop = () => Promise.reject(new Error("the socket is stuck"));
  await bot.runOnce();
  assert(bot.logged().some((line) => line.startsWith("error onStop() failed: Error: the socket")));
});

Deno.test("Collector keeps the options of a bot's own, and runBot and runInSandbox accept them", async () => {
  interface GreetingOptions extends CollectorOptions {
    readonly greeting?: string;
  }
  class GreetingBot extends Collector<GreetingOptions> {
    readonly greeting = this.options.greeting ?? "hello";
    override jobs() {
      return [];
    }
  }
  const { sandbox, bot: { token } } = grafolean();
  const { fetch } = sandbox;
  const bot = new GreetingBot("http://sandbox/api", token, 120, { greeting: "good day", fetch });
  await bot.runOnce();
  assertEquals(bot.greeting, "good day");
  // For the type check alone.
  const _calls = [
    () => runBot(GreetingBot, { collector: { greeting: "good day" } }),
    () =>
      runInSandbox(GreetingBot, {
        protocol: PROTOCOL,
        devices: [],
        collector: { greeting: "good day" },
      }),
  ];
});
