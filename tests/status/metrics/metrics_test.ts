import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { Metrics } from "../../../src/status/metrics/metrics.ts";
import { grafolean, job, TestBot } from "../../collector/collector_kit.ts";
import { runningBot } from "./running_bot.ts";
import { samplesOf } from "./samples.ts";
import { metricsOf, troubledBot } from "./troubled_bot.ts";

async function scrape(metrics: Metrics): Promise<Map<string, number>> {
  return samplesOf(await metrics.render());
}

Deno.test("Metrics counts the runs, refreshes, requests and values of a bot in trouble", async () => {
  const { bot, token } = troubledBot();
  const text = await metricsOf(bot);
  const samples = samplesOf(text);
  const numberOf = (name: string): number => {
    assert(samples.has(`grafolean_bot_${name}`), `${name} is missing in\n${text}`);
    return samples.get(`grafolean_bot_${name}`)!;
  };

  assertEquals(numberOf('refreshes_total{outcome="ok"}'), 1);
  assertEquals(numberOf("refresh_duration_seconds_count"), 1);
  assertGreater(numberOf("last_successful_refresh_timestamp_seconds"), 1_700_000_000);
  assertEquals([numberOf("healthy"), numberOf("ready")], [1, 1]);
  assertEquals([numberOf("devices_polled"), numberOf("jobs")], [1, 3]);
  assertEquals(numberOf("jobs_failing"), 2);
  assertEquals(numberOf('problems_open{kind="failing jobs"}'), 2);

  assertEquals(numberOf('requests_total{kind="values",method="POST",status="500"}'), 1);
  assertEquals(numberOf('requests_total{kind="profile",method="GET",status="200"}'), 1);
  assertGreater(numberOf('request_duration_seconds_count{kind="values"}'), 0);
  assertGreater(numberOf('values_total{outcome="refused"}'), 0);
  assertEquals(
    numberOf("values_handed_over_total"),
    numberOf('values_total{outcome="sent"}') + numberOf('values_total{outcome="refused"}') +
      numberOf('values_total{outcome="dropped"}') + numberOf("values_waiting"),
  );
  const runs = ["ok", "failed", "timed_out", "cancelled"].map((outcome) =>
    numberOf(`runs_total{outcome="${outcome}"}`)
  );
  assertEquals(
    numberOf('run_duration_seconds_bucket{le="+Inf"}'),
    runs.reduce((sum, count) => sum + count),
  );
  assertGreater(numberOf("run_lateness_seconds_count"), 0);
  assert(!text.toLowerCase().includes(token.slice(0, 13)), text);
});

Deno.test("Metrics shows what is known of a bot that waits for its token", async () => {
  using metrics = new Metrics(runningBot(undefined, { version: undefined }));
  const text = await metrics.render();
  assertMatch(
    text,
    /^grafolean_bot_build_info\{bot="demo",version="",library="\d.*",runtime="Deno \d/m,
  );
  const samples = samplesOf(text);
  assertEquals(samples.get("process_start_time_seconds"), 1_800_000_000);
  assertEquals(samples.get("grafolean_bot_ready"), 0);
  assertEquals(samples.get('grafolean_bot_runs_total{outcome="ok"}'), 0);
  // A file may hold values of the previous run.
  assertEquals(samples.get("grafolean_bot_values_waiting"), undefined);
});

Deno.test("Metrics counts from 0, each run and value once", async () => {
  const { sandbox, account, bot: { token } } = grafolean();
  const bot = new TestBot({
    token,
    jobs: () => [
      job("sends", {
        performJob: (_intervals, _params, { sendResults }) =>
          sendResults(account.id, { a: 1, b: 1, c: 1 }),
      }),
    ],
    options: { fetch: sandbox.fetch },
  });
  using metrics = new Metrics(runningBot(bot));
  const names = [
    "values_handed_over_total",
    'values_total{outcome="sent"}',
    'runs_total{outcome="ok"}',
  ];
  const read = async () => {
    const samples = await scrape(metrics);
    return names.map((name) => samples.get(`grafolean_bot_${name}`));
  };
  assertEquals(await read(), [0, 0, 0]);
  await bot.runOnce();
  assertEquals(await read(), [3, 3, 1]);
});

Deno.test("Metrics counts only so many kinds of problems one by one", async () => {
  const bot = new TestBot({ jobs: () => [] });
  for (let i = 0; i < 80; i++) {
    bot.raise(`${i}`, "Odd", { kind: `${"x".repeat(200)} ${i % 2}`.slice(0, 50 + i) });
  }
  using metrics = new Metrics(runningBot(bot));
  const open = async () =>
    [...await scrape(metrics)].filter(([name]) => name.startsWith("grafolean_bot_problems_open{"));
  const before = await open();
  assertEquals(before.length, 51);
  assertEquals(before.reduce((sum, [, count]) => sum + count, 0), 80);
  assertEquals(before.at(-1), ['grafolean_bot_problems_open{kind="other"}', 30]);
  assert(before.every(([name]) => name.length < 200));
});

Deno.test("Metrics shows kinds of problems that are over with 0", async () => {
  const bot = new TestBot({ jobs: () => [] });
  bot.raise("a", "Odd", { kind: "odd things" });
  using metrics = new Metrics(runningBot(bot));
  const open = async () =>
    (await scrape(metrics)).get('grafolean_bot_problems_open{kind="odd things"}');
  assertEquals(await open(), 1);
  bot.clear("a");
  assertEquals(await open(), 0);
});
