// Values come in steadily while some of them, or some requests, fail with 500. The others must not wait for that.
//
// How long they wait while the values at fault are searched for depends on how long requests take; tests/delivery asserts
// that in virtual time.

// The table is part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertGreater } from "@std/assert";
import { FULL } from "../full.ts";
import { Control } from "./control.ts";
import type { Arrival } from "./front.ts";
import { type Accepted, table } from "./ledger.ts";
import { random, SEED } from "./random.ts";
import { Stage } from "./stage.ts";

interface Scenario {
  readonly name: string;
  /** The values that make every request fail. */
  readonly isBad?: (value: Pick<Accepted, "p" | "v">) => boolean;
  /** Whether the others may be late until it is known which paths are bad. @default false */
  readonly lateAtFirst?: boolean;
  /** How large a share of the others must be stored in time. @default 0.99 */
  readonly share?: number;
  /** The share of requests that fail. */
  readonly failing?: number;
  /** Whether the values come from a single job. */
  readonly oneJob?: boolean;
}

const LATENCY_MS = 30;
const FOR_MS = FULL ? 60_000 : 12_000;
const STREAM = { jobs: 10, perRun: 5, periodMs: 1000 };
const ONE_JOB = { jobs: 1, perRun: 20, periodMs: FULL ? 10_000 : 1000 };

/** How soon good values should be stored, in seconds. */
const SOON = 2;
/** On an idle machine, if there is no fault: how late a value is at most, in seconds, and how long a request takes. */
const USUAL = { worst: 0.36, requestMs: 35 };

const INTERNAL = { status: 500, body: "Internal Server Error" };
const THREE = ["job.0.0", "job.3.4", "job.7.2"];

const SCENARIOS: readonly Scenario[] = [
  { name: "no fault" },
  { name: "one bad path", isBad: ({ p }) => p === THREE[0], lateAtFirst: true },
  { name: "three bad paths", isBad: ({ p }) => THREE.includes(p), lateAtFirst: true },
  {
    name: "a bad value now and then",
    isBad: ({ v }) => random(SEED + v)() < 1 / 250,
    // Each of them is a new search.
    share: FULL ? 0.9 : 0.7,
  },
  { name: "20 % fail", failing: 0.2 },
  { name: "50 % fail", failing: 0.5 },
  // It is enough that none is lost.
  { name: "80 % fail", failing: 0.8, share: 0 },
  {
    name: "one job, one bad path",
    isBad: ({ p }) => p === THREE[0],
    oneJob: true,
    lateAtFirst: true,
  },
];

function valuesOf({ body }: Arrival): { p: string; v: number }[] {
  return JSON.parse(body || "[]");
}

/** Plays a scenario. */
async function play(
  { name, isBad = () => false, lateAtFirst, share = 0.99, failing = 0, oneJob = false }: Scenario,
  delivery: "post" | "put",
  seed: number,
) {
  await using stage = await Stage.open({ latencyMs: LATENCY_MS, collector: { delivery } });
  const { front } = stage;
  const chance = random(seed);
  front.decide = (arrival) =>
    valuesOf(arrival).some(isBad) || (arrival.body !== "" && chance() < failing)
      ? INTERNAL
      : "pass";
  const isGood = (value: Accepted) => !isBad(value);
  const stream = async (forMs: number) => {
    await stage.stream({ ...STREAM, ...(oneJob ? ONE_JOB : {}), forMs });
    if (failing > 0) front.decide = () => "pass";
    return await stage.missing(isGood);
  };
  let missing = await stream(FOR_MS);
  let from = 1;
  if (lateAtFirst) {
    from = stage.begun + 1;
    missing = await stream(FOR_MS / 4);
  }
  const bad = stage.accepted.filter(isBad).length;
  return {
    name,
    delivery,
    share,
    values: await stage.waiting(bad),
    bad,
    missing,
    lateness: stage.lateness(isGood),
    inTime: (seconds: number) =>
      stage.lateness((value) => isGood(value) && value.v >= from).within(seconds),
    requests: front.arrivals.length,
  };
}

Deno.test("Collector stores good values in time although others, or many requests, fail with 500", async () => {
  console.log(`SEED=${SEED}`);
  const plays = SCENARIOS.flatMap((scenario, number) =>
    FULL || number === 0
      ? (["post", "put"] as const).map((delivery) => [scenario, delivery] as const)
      : [[scenario, number % 2 === 0 ? "post" : "put"] as const]
  );
  const control = new Control(LATENCY_MS);
  const played = await Promise.all(
    plays.map(([scenario, delivery], number) => play(scenario, delivery, SEED + number)),
  );
  const { worst, requestMs } = await control.end();
  console.log(table(played.map(({ name, delivery, lateness, missing, bad, values, requests }) => ({
    scenario: name,
    delivery,
    good: lateness.count,
    [`within ${SOON} s`]: `${(100 * lateness.within(SOON)).toFixed(1)} %`,
    p50: lateness.p50.toFixed(2),
    p99: lateness.p99.toFixed(2),
    worst: lateness.worst.toFixed(2),
    missing,
    bad,
    quarantined: values.quarantined,
    refused: values.refused,
    dropped: values.dropped,
    requests,
  }))));
  const limit = SOON * Math.max(1, worst / USUAL.worst, requestMs / USUAL.requestMs);
  console.log(
    `No fault: a request takes ${requestMs.toFixed(0)} ms, ${worst.toFixed(2)} s late at worst`,
  );
  for (const { name, delivery, share, inTime, missing, bad, values } of played) {
    const about = `${name} (${delivery})`;
    const { refused, dropped, waiting, quarantined } = values;
    assertEquals(missing, 0, `${about}: missing`);
    assertEquals({ refused, dropped, waiting }, { refused: 0, dropped: 0, waiting: bad }, about);
    if (bad > 0) assertGreater(quarantined, 0, about);
    const inTimeShare = inTime(limit);
    assert(
      inTimeShare >= share,
      `${about}: ${inTimeShare} of the good values within ${limit.toFixed(1)} s`,
    );
  }
});
