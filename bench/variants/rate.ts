// Jobs of 5 values every 10 s, which are sent to a sandbox that takes as long as a real backend: how old are the values
// when they are stored?
//
// Arguments: "library" or "each-run"; SECONDS VALUES_PER_SECOND [BACKLOG]

// deno-lint-ignore-file no-console

import { delay } from "@std/async/delay";
import { Collector, type Job, type PerformJob, type Values } from "../../mod.ts";
import { Sandbox } from "../../src/testing/mod.ts";

const PER_RUN = 5;
const INTERVAL = 10;
// As measured on a real backend, which works on one request at a time.
const COST = { perRequest: 0.03, perValue: 0.0004 };
// Younger values need not be stored at the end.
const GRACE_MS = 3000;

const [sender, ...numbers] = Deno.args;
const [seconds = 0, rate = 0, backlog = 0] = numbers.map(Number);
const jobs = rate * INTERVAL / PER_RUN;

const sandbox = new Sandbox({ cost: COST });
const account = sandbox.addAccount();
const { token } = sandbox.addBot({ protocol: "x", account });
await using server = await sandbox.listen();

/** When the values were made, by value. */
const madeAt: number[] = [];
const ages = new Map<number, number>();
sandbox.onValues((values) => {
  const now = performance.now();
  for (const { p, v } of values) if (p.startsWith("job.")) ages.set(v, now - madeAt[v]!);
});

function makeValues(job: number) {
  return Array.from({ length: PER_RUN }, (_, n) => ({
    p: `job.${job}.${n}`,
    v: madeAt.push(performance.now()) - 1,
  }));
}

class RateBot extends Collector {
  override *jobs(): Generator<Job<() => Values>> {
    const performJob: PerformJob<() => Values> = (_affectingIntervals, valuesOf, context) =>
      context.sendResults(account.id, valuesOf());
    const now = Date.now() / 1000;
    for (let n = 0; n < jobs; n++) {
      yield { jobId: `${n}`, intervals: [INTERVAL], performJob, jobParams: () => makeValues(n) };
    }
    if (backlog === 0) return;
    const old = Array.from({ length: backlog }, (_, v) => ({ p: `old.${v}`, v, t: now - 600 }));
    const startTs = Math.ceil(now) + 1;
    yield { jobId: "old", intervals: [3600], startTs, performJob, jobParams: () => old };
  }
}

async function sendEachRun(): Promise<void> {
  for (let run = 0;; run++) {
    const early = start + run * 1000 * PER_RUN / rate - performance.now();
    if (early > 0) await delay(early);
    const request = fetch(`${server.url}/accounts/${account.id}/values/?b=${token}`, {
      method: "POST",
      body: JSON.stringify(makeValues(run % jobs)),
      headers: { "content-type": "application/json" },
    });
    request.then((response) => response.body?.cancel());
  }
}

const start = performance.now();
if (sender === "library") new RateBot(server.url, token).execute();
else sendEachRun();
await delay(seconds * 1000);

const due = madeAt.filter((at) => at < performance.now() - GRACE_MS).length;
const sorted = [...ages.values()].sort((a, b) => a - b);
console.log(JSON.stringify({
  requests: sandbox.requests.count / seconds,
  stored: 100 * [...ages.keys()].filter((value) => value < due).length / due,
  medianAge: sorted[sorted.length >> 1]! / 1000,
  maxAge: sorted.at(-1)! / 1000,
}));
Deno.exit();
