// deno-lint-ignore-file no-console

import { slotOrigin } from "../../src/jobs/slots.ts";
import type { Sample } from "./bot.ts";
import { behaviour, pathOf, REFRESH_INTERVAL, type Script, startTsOf } from "./script.ts";
import type { World } from "./world.ts";

/** How far the median of the last quarter may be above the one after the first tenth: a factor, and a reserve. */
const GROWTH = { rssMiB: [1.15, 8], heapMiB: [1.1, 2], files: [1, 4], timers: [1, 8] } as const;
/** The time for a refresh, two more looks at a half-saved device, and a first run. */
const NOTICE_MS = 3 * REFRESH_INTERVAL * 1000 + 60_000;
/** After a pause all jobs are due at once. So long, the next slot may find one still running. */
const CATCH_UP_MS = 60_000;
/** A hundred devices that hung for 20 s each, in a quarter of 64 places, with some reserve. */
const HANG_MS = 240_000;

/** Prints the figures of a soak that has ended, and returns what is wrong. */
export function judge(script: Script, world: World, samples: readonly Sample[]): string[] {
  const { runs, stats } = samples.at(-1)!;
  const { ok, failed, timedOut } = stats.runs;
  console.log(`runs: ${runs} started, ${ok} ok, ${failed} failed (${timedOut} timed out)`);
  return [
    ...runs === ok + failed ? [] : [`${runs - ok - failed} runs never ended`],
    ...judgeGrowth(samples),
    ...judgeValues(samples, world.sandbox.countValues()),
    ...judgeSlots(script, world, samples),
    ...world.front.audit.problems.map((problem) => `a rule of delivery is broken: ${problem}`),
    ...stats.problems.filter(({ scope }) => !scope?.startsWith("job "))
      .map(({ message }) => `a problem is still open: ${message}`),
  ];
}

function judgeGrowth(samples: readonly Sample[]): string[] {
  return (["rssMiB", "heapMiB", "files", "timers"] as const).flatMap((key) => {
    const median = (from: number, to: number) => {
      const some = samples.slice(from * samples.length, to * samples.length)
        .map((sample) => sample[key]).sort((a, b) => a - b);
      return Math.round(some[Math.floor(some.length / 2)]! * 10) / 10;
    };
    const [early, late] = [median(0.1, 0.35), median(0.75, 1)];
    const text = `${key}: ${early} after the first tenth, ${late} in the last quarter`;
    console.log(text);
    const limit = early * GROWTH[key][0] + GROWTH[key][1];
    return late > limit ? [`${text}, above ${limit.toFixed(1)}`] : [];
  });
}

function judgeValues(samples: readonly Sample[], stored: number): string[] {
  const problems = [];
  for (const { time, collected, stats: { values } } of samples) {
    const { handedOver, sent, refused, dropped, waiting } = values;
    if (handedOver !== sent + refused + dropped + waiting || handedOver > collected) {
      problems.push(`the books are wrong at ${show(time)}: ${JSON.stringify(values)}`);
    }
  }
  const { collected, stats: { values } } = samples.at(-1)!;
  console.log(`values: ${collected} collected, ${stored} stored`);
  if (stored < collected) problems.push(`${collected - stored} values are lost`);
  if (stored > collected) problems.push(`${stored - collected} values are stored twice`);
  if (values.handedOver !== collected || values.sent !== collected) {
    problems.push(`the bot has not sent all it collected: ${JSON.stringify(values)}`);
  }
  return problems;
}

/** Each slot has one run, and one that was missed is merged into the next run, where it may be missed. */
function judgeSlots(
  script: Script,
  { sandbox, lifetimes }: World,
  samples: readonly Sample[],
): string[] {
  const problems = new Map<string, string[]>();
  const report = (problem: string, path: string, slot: number) =>
    problems.set(problem, [...problems.get(problem) ?? [], `${path} at ${show(slot)}`]);
  const pauses = samples.flatMap(({ pauses }) => pauses);
  const hanging = script.parts.filter(({ incident }) => incident === "devices hang")
    .map(({ from, to }) => ({ from: script.slotTime(from), to: script.slotTime(to) + HANG_MS }));
  const end = script.slotTime(script.end) - 60_000;
  // In a short soak, the next faults are near.
  const noticeMs = NOTICE_MS + (script.partMs < 2 * NOTICE_MS ? 4 * script.partMs : 0);
  const stored = Map.groupBy(sandbox.values(), ({ p }) => p);
  let [expected, ran, merged] = [0, 0, 0];

  for (const { n, interval, from, to } of lifetimes) {
    const path = pathOf(n, interval);
    const slots = (stored.get(path) ?? []).map(({ v }) => v).sort((a, b) => a - b);
    const unique = new Set(slots);
    const missable = behaviour(n, "devices hang") === "answers" ? pauses : [...pauses, ...hanging];
    const mayMiss = (slot: number) =>
      missable.some(({ from, to }) => slot >= from - 1000 && slot <= to + CATCH_UP_MS);
    const startTs = startTsOf(n);
    const origin = slotOrigin({ jobId: `${n}`, startTs });
    const period = interval * 1000;
    const slotFrom = (time: number) => origin + Math.ceil((time - origin) / period) * period;
    const noticed = from + noticeMs;

    if (startTs === undefined && noticed < Math.min(to, end) && !(slots[0]! <= noticed)) {
      report("no first run in time", path, noticed);
    }
    for (let slot = slotFrom(noticed); slot < Math.min(to, end); slot += period) {
      expected++;
      if (unique.has(slot)) ran++;
      else if (!mayMiss(slot)) report("slot without a run", path, slot);
      else if (slots.at(-1)! > slot) merged++;
      else report("slot not merged into a later run", path, slot);
    }
    for (const [index, slot] of slots.entries()) {
      const before = slotFrom(slot + 1) - period;
      if (slot === slots[index - 1]) report("slot that ran twice", path, slot);
      else if (slot < from || slot > to + noticeMs) report("run without a sensor", path, slot);
      // The run for a missed slot may be at that of another interval.
      else if (slot > noticed && slot !== before && (unique.has(before) || !mayMiss(before))) {
        report("run between slots", path, slot);
      }
    }
  }

  console.log(`slots: ${expected} expected, ${ran} ran, ${merged} merged into the next`);
  const longest = Math.max(0, ...pauses.map(({ from, to }) => to - from)) / 1000;
  console.log(`pauses, suspend and clock included: ${pauses.length}, up to ${longest.toFixed()} s`);
  return [...problems]
    .map(([problem, at]) => `${problem}: ${at.length}, such as ${at.slice(0, 3).join("; ")}`);
}

/** A moment in UTC. */
function show(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
