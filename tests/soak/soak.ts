// Runs the soak on the simulated clock that main.ts has set up, prints a line for each simulated hour, and a verdict.
//
// Argument: hours.

// deno-lint-ignore-file no-console

import { SEED } from "../faults/random.ts";
import { compareSlots } from "./expected_slots.ts";
import type { Sample } from "./bot.ts";
import { behaviour, PARTS, type Period, REFRESH_INTERVAL, Script, WARM_UP } from "./script.ts";
import { HEADER, type Measured, mib, row, seconds } from "./table.ts";
import { World } from "./world.ts";

/** For each sample the bot collects its garbage, which holds it up for some ms. */
const SAMPLES = 4 * PARTS;
/** After a pause all jobs are due at once. So long, in milliseconds, the next slot may find one still running. */
const CATCH_UP_MS = 60_000;
/** A hundred devices that hung for 20 s each, in a quarter of 64 places, with some reserve. */
const HANG_MS = 240_000;
/** For a refresh, the second looks at a half-saved device, and a first run; more where the next faults are near. */
const NOTICE_MS = 3 * REFRESH_INTERVAL * 1000 + 60_000;
/** How much larger the median of the last quarter may be than the one after the warm-up. */
const GROWTH = { rss: 1.15, heap: 1.1, fds: 1, timers: 1 };
const SPARE = { rss: 8 * 2 ** 20, heap: 2 * 2 ** 20, fds: 4, timers: 8 };

const hours = Number(Deno.args[0]);
const script = new Script(hours);
const world = new World(script);
// In memory: a disk does not get faster with the clock, and each commit waits for it four times.
const folder = await Deno.makeTempDir({ prefix: "soak-", dir: "/dev/shm" });
await world.front.up();
const problems: string[] = [];
const samples: Measured[] = [];
let printed: { part: number; sample?: Measured } = { part: -1 };

const bot = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "--no-check",
    "--allow-all",
    "--v8-flags=--expose-gc",
    new URL("bot.ts", import.meta.url).pathname,
    world.front.url,
    `${hours}`,
    `${SAMPLES}`,
    folder,
  ],
  env: { BOT_TOKEN: world.token },
  stdout: "piped",
}).spawn();
const kill = () => {
  try {
    bot.kill("SIGKILL");
  } catch {
    // It has ended.
  }
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    // One that is suspended would stay for ever.
    kill();
    Deno.removeSync(folder, { recursive: true });
    Deno.exit(130);
  });
}

console.log(`SEED=${SEED}`);
console.log(HEADER);
const [, status] = await Promise.all([readSamples(), bot.status, world.run(bot)]);
await world.front.down();
judge();

if (!status.success) problems.push(`the bot ended with ${status.code}`);
if (problems.length === 0) {
  console.log(
    "\nGOOD: nothing is lost, nothing is doubled, every slot has run, the books hold, and nothing has grown",
  );
} else {
  const log = await Deno.makeTempFile({ prefix: "soak-", suffix: ".log" });
  await Deno.copyFile(`${folder}/bot.log`, log);
  console.log(`\nBAD:\n- ${problems.join("\n- ")}\nThe log of the bot is ${log}`);
}
await Deno.remove(folder, { recursive: true });
Deno.exit(problems.length === 0 ? 0 : 1);

async function readSamples(): Promise<void> {
  let rest = "";
  for await (const text of bot.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const sample: Sample = JSON.parse(line);
      const measured = {
        ...sample,
        fds: countFiles(),
        stored: world.sandbox.countValues(),
        requests: world.front.arrivals.length,
      };
      samples.push(measured);
      checkBooks(sample);
      const part = script.partAt(sample.at) - 1;
      if (part > printed.part) {
        console.log(`${row(measured, printed.sample)}  ${script.incidentIn(part) ?? ""}`);
        printed = { part, sample: measured };
      }
    }
  }
}

function countFiles(): number {
  try {
    return [...Deno.readDirSync(`/proc/${bot.pid}/fd`)].length || lastFiles();
  } catch {
    return lastFiles();
  }
}

/** The number before the bot ended. */
function lastFiles(): number {
  return samples.at(-1)?.fds ?? 0;
}

function checkBooks({ at, collected, stats: { values } }: Sample): void {
  const { handedOver, sent, refused, dropped, waiting } = values;
  if (handedOver !== sent + refused + dropped + waiting || handedOver > collected) {
    problems.push(
      `the books are wrong at ${new Date(at)}: ${collected} collected, ${JSON.stringify(values)}`,
    );
  }
}

function judge(): void {
  const last = samples.at(-1);
  if (last === undefined || !last.isLast) {
    return void problems.push("the bot did not come to its end");
  }
  console.log();
  judgeGrowth();
  judgeValues(last);
  judgeSlots();
  const stalls = samples.flatMap(({ stalls }) => stalls).map(({ from, to }) => to - from);
  console.log(
    `pauses of more than 10 s, suspend included: ${stalls.length}, ` +
      `the longest ${seconds(Math.max(0, ...stalls))} s`,
  );
  const { stats } = last;
  const ended = stats.runs.ok + stats.runs.failed;
  console.log(
    `runs: ${last.runs} started, ${stats.runs.ok} ok, ${stats.runs.failed} failed, of which ${stats.runs.timedOut} timed out; ` +
      `${stats.runs.skipped} slots skipped`,
  );
  if (last.runs !== ended) problems.push(`${last.runs} runs were started, but ${ended} ended`);
  const open = stats.problems.filter(({ scope }) => !scope?.startsWith("job "));
  for (const { message } of open) problems.push(`a problem is still open: ${message}`);
  problems.push(
    ...world.front.audit.problems.map((problem) => `a rule of delivery is broken: ${problem}`),
  );
}

function judgeGrowth(): void {
  const early = samples.filter(({ at }) => inShare(at, WARM_UP, WARM_UP + 0.25));
  const late = samples.filter(({ at }) => inShare(at, 0.75, 1));
  for (const key of ["rss", "heap", "fds", "timers"] as const) {
    const [before, after] = [early, late].map((some) => median(some.map((sample) => sample[key])));
    const limit = before! * GROWTH[key] + SPARE[key];
    const show = (value: number) =>
      key === "rss" || key === "heap" ? `${mib(value)} MiB` : `${value}`;
    console.log(
      `${key}: median ${show(before!)} after the first tenth, ${show(after!)} in the last quarter`,
    );
    if (after! > limit) {
      problems.push(
        `${key} has grown from ${show(before!)} to ${show(after!)}, more than ${show(limit)}`,
      );
    }
  }
}

function judgeValues({ collected, stats: { values } }: Sample): void {
  const stored = world.sandbox.countValues();
  console.log(`values: ${collected} collected, ${stored} stored, ${values.waiting} waiting`);
  if (values.handedOver !== collected) {
    problems.push(`${collected} values collected, ${values.handedOver} handed over`);
  }
  // One that waits may be stored already.
  const lost = collected - stored - values.waiting;
  if (lost > 0) problems.push(`${lost} values are lost`);
  if (stored > collected) problems.push(`${stored - collected} values are stored twice`);
  if (values.waiting + values.refused + values.dropped > 0) {
    problems.push(`not all values were delivered: ${JSON.stringify(values)}`);
  }
}

function judgeSlots(): void {
  const end = script.end + script.slotOffset(script.end) - 60_000;
  const lifetimes = world.lifetimes.map((life) => ({ ...life, to: Math.min(life.to, end) }));
  const stored = new Map<string, number[]>();
  for (const { p, v } of world.sandbox.values()) stored.set(p, [...stored.get(p) ?? [], v]);
  const always: Period[] = samples.flatMap(({ stalls }) => stalls).map(toSlots);
  const hanging: Period[] = [];
  for (let part = 0; part < PARTS; part++) {
    const period = script.periodIn(part);
    const incident = script.incidentIn(part);
    if (incident === "suspend") always.push(toSlots(period));
    if (incident === "clock forward") {
      always.push(toSlots({ from: period.from - 1000, to: period.from }), {
        from: period.from,
        to: period.from + script.slotOffset(period.from) + CATCH_UP_MS,
      });
    }
    if (incident === "devices hang") {
      hanging.push(toSlots({ from: period.from, to: period.to + HANG_MS }));
    }
  }
  const report = compareSlots(lifetimes, stored, {
    start: script.start,
    slackMs: NOTICE_MS + (script.partMs / 2 < NOTICE_MS ? 4 * script.partMs : 0),
    exempt: (n) => hangs(n) ? [...always, ...hanging] : always,
  });
  console.log(
    `slots: ${report.expected} expected, ${report.seen} seen, ${report.merged} merged rightly`,
  );
  for (const [kind, { count, examples }] of report.problems) {
    problems.push(`${kind}: ${count}, such as ${examples.join("; ")}`);
  }
}

function hangs(n: number): boolean {
  return ["hangs", "never returns"].includes(behaviour(n, "devices hang"));
}

function toSlots({ from, to }: Period): Period {
  return {
    from: from + script.slotOffset(from) - 1000,
    to: to + script.slotOffset(to) + CATCH_UP_MS,
  };
}

function inShare(at: number, from: number, to: number): boolean {
  const share = (at - script.start) / (script.end - script.start);
  return share >= from && share <= to;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
