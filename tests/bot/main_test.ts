import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BotClass, RunBotOptions } from "../../src/bot/create_bot.ts";
import { botMain } from "../../src/bot/main.ts";
import { Collector } from "../../src/collector/collector.ts";
import type { CollectorOptions } from "../../src/collector/options.ts";
import type { Job } from "../../src/jobs/job.ts";
import type { LogRecord } from "../../src/util/log.ts";
import { grafolean, job, sending, START } from "../collector/collector_kit.ts";
import { settle, VirtualTime } from "../virtual_time.ts";

/** A bot with these jobs. */
function botOf(jobs: () => Job[]): BotClass {
  return class extends Collector {
    override jobs() {
      return jobs();
    }
  };
}

/** Runs the main program of a bot in this process. */
function main(
  Bot: BotClass,
  { args = [], env = {}, options = {}, collector = {} }: {
    readonly args?: string[];
    readonly env?: Record<string, string>;
    readonly options?: RunBotOptions;
    readonly collector?: CollectorOptions;
  },
) {
  const printed: string[] = [];
  const records: LogRecord[] = [];
  const stop = new AbortController();
  let begin = () => {};
  const begun = new Promise<void>((resolve) => begin = resolve);
  const code = botMain(Bot, { ...options, collector }, {
    args,
    env: { BACKEND_URL: "http://sandbox/api", ...env },
    print: (line) => printed.push(line),
    sink: (record) => {
      records.push(record);
      if (record.message.startsWith("Starting ")) begin();
    },
    stop: stop.signal,
    onToken: () => {},
    redact: (text) => text,
  });
  return {
    code,
    /** Resolves when the settings are read, which takes real time. */
    begun,
    printed,
    stop,
    logged: () => records.map(({ level, message }) => `${level} ${message}`),
  };
}

Deno.test("botMain stops within 8 s, whatever jobs and Grafolean do", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const Bot = botOf(() => [
    job("sends", {
      startTs: START + 5,
      performJob: (_intervals, _params, { sendResults }) => sendResults(account.id, { a: 1 }),
    }),
    job("hangs", { startTs: START + 5, performJob: () => new Promise(() => {}) }),
  ]);
  const it = main(Bot, {
    env: { BOT_TOKEN: token },
    collector: { fetch: sandbox.fetch },
  });
  await it.begun;
  sandbox.faults.add({ hang: true });
  await time.pass(10);
  const stoppedAt = time.now();
  it.stop.abort();
  assertEquals(await time.until(it.code), 1); // a value is lost
  const ms = time.now() - stoppedAt;
  assert(ms >= 7500 && ms <= 8100, `${ms} ms`);
});

Deno.test("botMain passes the settings to the bot", async () => {
  const { sandbox, bot: { token } } = grafolean();
  const given: unknown[][] = [];
  class Spy extends Collector {
    constructor(...args: ConstructorParameters<BotClass>) {
      super(...args);
      given.push(args);
    }
    override jobs() {
      return [];
    }
  }
  const it = main(Spy, {
    args: ["--once"],
    env: { BOT_TOKEN: token, JOBS_REFRESH_INTERVAL: "30", OUTBOX_FILE: "/does/not/exist" },
    collector: { fetch: sandbox.fetch, maxConcurrentJobs: 7, outboxFile: "/another" },
  });
  assertEquals(await it.code, 0);
  const [url, botToken, interval, options] = given[0] ?? [];
  assertEquals([url, botToken, interval], ["http://sandbox/api", token, 30]);
  const { maxConcurrentJobs, outboxFile } = options as CollectorOptions;
  assertEquals([maxConcurrentJobs, outboxFile], [7, "/does/not/exist"]);
});

Deno.test("botMain logs the start, what it does, and the stop", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const Bot = botOf(() => [
    job("a", {
      intervals: [10],
      startTs: START + 5,
      performJob: (_affecting, _params, { sendResults }) =>
        sendResults(account.id, { a: 1, b: NaN }),
    }),
  ]);
  const it = main(Bot, {
    env: { BOT_TOKEN: token },
    options: { name: "mybot", version: "3.2.1" },
    collector: { fetch: sandbox.fetch },
  });
  await it.begun;
  await time.pass(30);
  it.stop.abort();
  assertEquals(await time.until(it.code), 0);
  const logged = it.logged();
  assertMatch(
    logged.shift() ?? "",
    /^info Starting mybot 3\.2\.1 \(@grafolean\/collector .*\) with backend http:\/\/sandbox\/api$/,
  );
  assertEquals(logged, [
    "info 1 job (1 new)",
    'warn Value at "b" is refused: NaN is not a number that can be stored',
    "info Stopping: finishing jobs and sending queued values (Ctrl-C again to quit now)",
    "info Stopped: 3 values sent, 3 refused",
  ]);
  assertEquals(it.printed, []);
});

Deno.test("botMain logs from LOG_LEVEL up", async () => {
  const { sandbox, bot: { token } } = grafolean();
  for (
    const [LOG_LEVEL, count] of [["debug", 5], ["info", 4], ["warn", 1], ["error", 0]] as const
  ) {
    const it = main(botOf(() => [job("a"), job("bad", { intervals: [0] })]), {
      args: ["--once"],
      env: { BOT_TOKEN: token, LOG_LEVEL },
      collector: { fetch: sandbox.fetch },
    });
    assertEquals(await it.code, 0);
    assertEquals(it.logged().length, count, it.logged().join("\n"));
  }
});

Deno.test("botMain --once and --dry-run fail if every value is refused, and log why whatever LOG_LEVEL", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  let values: Record<string, number> = {};
  const Bot = botOf(() => [
    job("a", {
      performJob: (_affecting, _params, { sendResults }) => sendResults(account.id, values),
    }),
  ]);
  for (const args of [["--once"], ["--dry-run"]]) {
    for (const [sent, code] of [[{ a: NaN }, 1], [{ a: NaN, b: 1 }, 0]] as const) {
      values = sent;
      const it = main(Bot, {
        args,
        env: { BOT_TOKEN: token, LOG_LEVEL: "error" },
        collector: { fetch: sandbox.fetch },
      });
      assertEquals(await it.code, code);
      assertEquals(
        it.logged(),
        code === 0 ? [] : ["error 1 job ok; 1 value refused"],
      );
    }
  }
});

Deno.test("botMain fails if values are lost at the end", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const it = main(botOf(() => [sending("a", account.id)]), {
    env: { BOT_TOKEN: token },
    collector: { fetch: sandbox.fetch },
  });
  await it.begun;
  await time.pass(3);
  sandbox.faults.add({ status: 502 });
  await time.pass(5);
  it.stop.abort();
  assertEquals(await time.until(it.code), 1);
  assertEquals(
    it.logged().at(-1),
    "error Stopped: 1 value not delivered and lost, as no OUTBOX_FILE keeps them",
  );
});

Deno.test("botMain --once fails after a minute without Grafolean and logs why", async () => {
  using time = new VirtualTime(START);
  const it = main(botOf(() => []), {
    args: ["--once"],
    env: { BOT_TOKEN: "a-token" },
    collector: { fetch: () => Promise.reject(new TypeError("connection refused")) },
  });
  await it.begun;
  assertEquals(await time.until(it.code, 100), 1);
  assertMatch(
    it.logged().at(-1) ?? "",
    /^error Grafolean at http:\/\/sandbox\/api cannot be reached: .*connection refused/,
  );
  assert(time.now() / 1000 - START < 65);
});

Deno.test("botMain waits for Grafolean forever, then collects", async () => {
  using time = new VirtualTime(START);
  const { sandbox, account, bot: { token } } = grafolean();
  const away = sandbox.faults.add({ status: 502 });
  const Bot = botOf(() => [
    job("a", {
      intervals: [10],
      performJob: (_a, _p, { sendResults }) => sendResults(account.id, { a: 1 }),
    }),
  ]);
  const it = main(Bot, {
    env: { BOT_TOKEN: token },
    collector: { fetch: sandbox.fetch },
  });
  await it.begun;
  await time.pass(3600, 500);
  assertStringIncludes(it.logged()[1] ?? "", "warn Waiting as Grafolean at http://sandbox/api ");
  away.remove();
  await time.pass(60);
  assert(sandbox.countValues(account) > 1);
  it.stop.abort();
  assertEquals(await time.until(it.code), 0);
});

Deno.test("botMain does not wait for Grafolean if it knows the devices, unless it runs only once", async () => {
  const devicesFile = await Deno.makeTempFile();
  using time = new VirtualTime(START);
  try {
    const { bot: { token } } = grafolean();
    const away: CollectorOptions = { fetch: () => Promise.reject(new TypeError("refused")) };
    const env = { BOT_TOKEN: token, DEVICES_FILE: devicesFile };
    const asked = Promise.withResolvers<void>();
    const Bot = botOf(() => {
      asked.resolve();
      return [];
    });
    const it = main(Bot, { env, collector: away });
    // Files are read in real time, so virtual time may fly meanwhile.
    await time.until(asked.promise, 3600);
    it.stop.abort();
    assertEquals(await time.until(it.code), 0);
    assertEquals(it.logged().filter((line) => line.includes("Waiting as Grafolean")), []);

    const once = main(Bot, { args: ["--once"], env, collector: away });
    await once.begun;
    assertEquals(await time.until(once.code, 100), 1);
    assertStringIncludes(once.logged().at(-1) ?? "", "cannot be reached");
  } finally {
    await Deno.remove(devicesFile);
  }
});

Deno.test("botMain checks and lists the bot's own settings", async () => {
  const settings = {
    port: {
      name: "MY_PORT",
      about: "A port.",
      parse(): number {
        throw new TypeError("expected a port");
      },
    },
  };
  const options = { settings };
  const env = { BOT_TOKEN: "a-token", MY_PORT: "x" };
  const collector: CollectorOptions = { fetch: () => Promise.reject(new TypeError("refused")) };
  using time = new VirtualTime(START);
  const wrong = main(botOf(() => []), { args: ["--once"], env, options, collector });
  assertEquals(await time.until(wrong.code, 3600), 2);
  assertEquals(wrong.logged(), ['error MY_PORT is "x": expected a port']);
  const help = main(botOf(() => []), { args: ["--help"], options });
  assertEquals(await help.code, 0);
  assertStringIncludes(help.printed.join("\n"), "\n  MY_PORT ");
});

Deno.test("botMain fails if stopped during the start, but only with --once or --dry-run", async () => {
  const hanging: CollectorOptions = { fetch: () => new Promise(() => {}) };
  for (const [args, expected] of [[[], 0], [["--once"], 1], [["--dry-run"], 1]] as const) {
    const it = main(botOf(() => []), {
      args: [...args],
      env: { BOT_TOKEN: "a-token" },
      collector: hanging,
    });
    await settle();
    it.stop.abort();
    assertEquals(await it.code, expected);
    const last = it.logged().at(-1);
    assertEquals(last === "error Stopped before the jobs could run", expected === 1, last);
  }
});

Deno.test("botMain returns 1 if jobs() throws and 2 if the token is refused", async () => {
  const { sandbox, bot: { token } } = grafolean();
  const broken = main(
    botOf(() => {
      throw new Error("no list");
    }),
    { args: ["--once"], env: { BOT_TOKEN: token }, collector: { fetch: sandbox.fetch } },
  );
  assertEquals(await broken.code, 1);
  assertMatch(broken.logged().at(-1) ?? "", /^error Error: no list \(main_test\.ts:/);

  class Asking extends Collector {
    override async *jobs() {
      for await (const _ of this.fetchJobConfigs("demo")) yield job("a");
    }
  }
  for (const args of [["--once"], []]) {
    const refused = main(Asking, {
      args,
      env: { BOT_TOKEN: "another" },
      collector: { fetch: sandbox.fetch },
    });
    assertEquals(await refused.code, 2);
    assertMatch(
      refused.logged().at(-1) ?? "",
      /^error Grafolean at http:\/\/sandbox\/api answered 401: unknown bot token/,
    );
  }
});

Deno.test("botMain returns 1 if an option in the code of the bot is invalid", async () => {
  const { sandbox, bot: { token } } = grafolean();
  const it = main(botOf(() => []), {
    env: { BOT_TOKEN: token },
    collector: { fetch: sandbox.fetch, maxConcurrentJobs: 0.5 },
  });
  assertEquals(await it.code, 1);
  assertStringIncludes(
    it.logged().at(-1) ?? "",
    "maxConcurrentJobs is 0.5: expected a whole number above 0",
  );
});
