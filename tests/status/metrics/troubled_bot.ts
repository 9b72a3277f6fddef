import type { Job } from "../../../src/jobs/job.ts";
import { Metrics } from "../../../src/status/metrics/metrics.ts";
import { grafolean, job, TestBot } from "../../collector/collector_kit.ts";
import { until } from "../../until.ts";
import { runningBot } from "./running_bot.ts";
import { samplesOf } from "./samples.ts";

/** What has happened often enough. */
const AWAITED: Readonly<Record<string, number>> = {
  'runs_total{outcome="ok"}': 1,
  'runs_total{outcome="failed"}': 1,
  'runs_total{outcome="timed_out"}': 1,
  'values_total{outcome="sent"}': 1,
  'problems_open{kind="failing jobs"}': 2,
};

/** A bot with everything that can go wrong with jobs and values. */
export function troubledBot(): { readonly bot: TestBot; readonly token: string } {
  const { sandbox, account, bot: { token }, addDevice } = grafolean();
  addDevice([1]);
  sandbox.addEntity(account, { name: "another" });
  sandbox.faults.add({
    when: ({ method, path }) => method === "POST" && path.endsWith("/values"),
    times: 1,
    status: 500,
  });
  const options = { fetch: sandbox.fetch };
  return {
    token,
    bot: new TestBot({
      token,
      options,
      async *jobs(bot: TestBot): AsyncGenerator<Job> {
        for await (const _device of bot.fetchJobConfigs("demo")) {
          // The jobs are for all of them.
        }
        const intervals = [1];
        yield job("works", {
          intervals,
          performJob: (_intervals, _params, { sendResults }) =>
            sendResults(account.id, { "demo.ok": 1, "not a path!": 1 }),
        });
        yield job("fails", {
          intervals,
          performJob: () => Promise.reject(new Error(`no answer to "${token}"\n`)),
        });
        yield job("times out", {
          intervals,
          timeout: 0.05,
          performJob: () => new Promise(() => {}),
        });
        bot.raise("odd", "An odd problem", { kind: `odd "kinds" \\ of\n${token}` });
      },
    }),
  };
}

/** Runs the bot until its metrics show all of its trouble, and values that were sent; returns them. */
export async function metricsOf(bot: TestBot): Promise<string> {
  using metrics = new Metrics(runningBot(bot));
  const running = bot.execute();
  let text = "";
  const missing = () => {
    const samples = samplesOf(text);
    return Object.entries(AWAITED).filter(([name, count]) =>
      !(samples.get(`grafolean_bot_${name}`)! >= count)
    );
  };
  try {
    await until(async () => {
      text = await metrics.render();
      return missing().length === 0;
    }, () => missing().length);
  } finally {
    await bot[Symbol.asyncDispose]();
    await running;
  }
  return text;
}
