// How many values a second one account takes while their average age when stored stays below a second: jobs of 5 values
// every 10 s, against a sandbox at the cost of the real backend (one request at a time, 30 ms each and 0.4 ms a value).
//
// Usage: deno run --allow-net=127.0.0.1 bench/rate.ts [seconds for each step, default 30]

// deno-lint-ignore-file no-console

import { delay } from "@std/async/delay";
import { Collector, type PerformJob } from "../mod.ts";
import { Sandbox } from "../src/testing/mod.ts";

const PER_JOB = 5;
const INTERVAL = 10;
const COST = { perRequest: 0.03, perValue: 0.0004 };

const handedAt = new Map<number, number>();
let counter = 0;

const perform: PerformJob<{ number: number; accountId: number }> = async (
  _affectingIntervals,
  { number, accountId },
  context,
) => {
  const now = Date.now();
  const values = Array.from({ length: PER_JOB }, (_, n) => {
    handedAt.set(++counter, now);
    return { p: `job.${number}.${n}`, v: counter };
  });
  await context.sendResults(accountId, values);
};

class RateBot extends Collector {
  accountId = 0;
  count = 0;

  override *jobs() {
    for (let number = 0; number < this.count; number++) {
      yield {
        jobId: `job ${number}`,
        intervals: [INTERVAL],
        performJob: perform,
        jobParams: { number, accountId: this.accountId },
      };
    }
  }
}

async function measure(jobs: number, seconds: number) {
  handedAt.clear();
  const sandbox = new Sandbox({ cost: COST });
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "x", account });
  await using server = await sandbox.listen();
  const collector = new RateBot(server.url, bot.token);
  collector.accountId = account.id;
  collector.count = jobs;
  let stored = 0;
  let age = 0;
  let oldest = 0;
  sandbox.onValues((values) => {
    const now = Date.now();
    for (const { p, v } of values) {
      const handed = p.startsWith("job.") ? handedAt.get(v) : undefined;
      if (handed === undefined) continue;
      stored++;
      age += now - handed;
      oldest = Math.max(oldest, now - handed);
    }
  });
  const stop = new AbortController();
  const done = collector.execute({ signal: stop.signal });
  await delay(seconds * 1000);
  const waiting = collector.stats().values.waiting;
  stop.abort();
  await done;
  return {
    rate: (jobs * PER_JOB) / INTERVAL,
    handed: handedAt.size,
    stored,
    waiting,
    age: age / Math.max(1, stored) / 1000,
    oldest: oldest / 1000,
    requests: sandbox.requests.count,
  };
}

const seconds = Number(Deno.args[0] ?? 30);
console.log(
  `Jobs of ${PER_JOB} values every ${INTERVAL} s, one account, ${seconds} s each; the backend needs ${
    COST.perRequest * 1000
  } ms + ` +
    `${COST.perValue * 1000} ms per value and answers one request at a time`,
);
let best = 0;
for (const jobs of [500, 1000, 2000, 2500, 3000, 3500, 4000, 4500]) {
  const { rate, handed, stored, waiting, age, oldest, requests } = await measure(jobs, seconds);
  const holds = stored === handed && age < 1;
  if (holds) best = rate;
  console.log(
    `${String(rate).padStart(5)} values/s: ${stored} of ${handed} stored (${
      (100 * stored / handed).toFixed(1)
    } %), ` +
      `age on average ${age.toFixed(2)} s, at most ${
        oldest.toFixed(2)
      } s, ${waiting} waited at the end, ${requests} requests` +
      (holds ? "" : "  <- not held"),
  );
  if (!holds) break;
}
console.log(
  `Highest rate at which everything is stored less than 1 s old on average: ${best} values/s`,
);
