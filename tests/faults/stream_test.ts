// Values come in steadily while some of them, or some requests, fail with 500. The others must not wait for that.

// The table is part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertGreater } from "@std/assert";
import { FULL } from "../full.ts";
import type { Arrival } from "./front.ts";
import { type Accepted, table } from "./ledger.ts";
import { random, SEED } from "./random.ts";
import { Stage } from "./stage.ts";

interface Scenario {
  readonly name: string;
  /** The values that make every request fail. */
  readonly isBad?: (value: Pick<Accepted, "p" | "v">) => boolean;
  /** The share of requests that fail. */
  readonly failing?: number;
  /** Whether the values come from a single job. */
  readonly oneJob?: boolean;
}

const LATENCY_MS = 30;
const FOR_MS = FULL ? 60_000 : 12_000;
const STREAM = { jobs: 10, perRun: 5, periodMs: 1000, forMs: FOR_MS };
const ONE_JOB = { jobs: 1, perRun: 20, periodMs: FULL ? 10_000 : 1000 };

/** What is wanted: so large a share of the good values stored so soon, in seconds. */
const SHARE = 0.99;
const SOON = 2;
/** How late a value is at most on an idle machine if there is no fault, in seconds. A search takes many such requests. */
const USUAL_WORST = 0.36;
/** The search for bad paths takes a good part of the short stream, but hardly any of the long one. */
const SEARCH_MS = FULL ? 0 : FOR_MS / 2;

const INTERNAL = { status: 500, body: "Internal Server Error" };
const THREE = ["job.0.0", "job.3.4", "job.7.2"];

const SCENARIOS: readonly Scenario[] = [
  { name: "no fault" },
  { name: "one bad path", isBad: ({ p }) => p === THREE[0] },
  { name: "three bad paths", isBad: ({ p }) => THREE.includes(p) },
  { name: "a bad value now and then", isBad: ({ v }) => random(SEED + v)() < 1 / 250 },
  { name: "20 % fail", failing: 0.2 },
  { name: "50 % fail", failing: 0.5 },
  { name: "80 % fail", failing: 0.8 },
  { name: "one job, one bad path", isBad: ({ p }) => p === THREE[0], oneJob: true },
];

function valuesOf({ body }: Arrival): { p: string; v: number }[] {
  return JSON.parse(body || "[]");
}

/** Plays a scenario and checks it. Its lateness is compared with that of `control`, which has no fault. */
async function play(
  { name, isBad = () => false, failing = 0, oneJob = false }: Scenario,
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
  const start = Date.now();
  await stage.stream({ ...STREAM, ...(oneJob ? ONE_JOB : {}) });
  if (failing > 0) front.decide = () => "pass";
  const isGood = (value: Accepted) => !isBad(value);
  const counted = (value: Accepted) => isGood(value) && value.from >= start + SEARCH_MS;
  const missing = await stage.missing(isGood);
  const bad = stage.accepted.filter(isBad).length;
  return {
    name,
    delivery,
    values: await stage.waiting(bad),
    bad,
    missing,
    lateness: stage.lateness(counted),
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
  const played = await Promise.all(
    plays.map(([scenario, delivery], number) => play(scenario, delivery, SEED + number)),
  );
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
  // A busy machine is late without a fault, too.
  const control = Math.max(
    ...played.filter(({ name }) => name === "no fault").map(({ lateness }) => lateness.worst),
  );
  const limit = SOON * Math.max(1, control / USUAL_WORST);
  for (const { name, delivery, lateness, missing, bad, values } of played) {
    const about = `${name} (${delivery})`;
    const { refused, dropped, waiting, quarantined } = values;
    assertEquals(missing, 0, `${about}: missing`);
    assertEquals({ refused, dropped, waiting }, { refused: 0, dropped: 0, waiting: bad }, about);
    if (bad > 0) assertGreater(quarantined, 0, about);
    // At 80 % it is enough that none is lost.
    if (name === "80 % fail") continue;
    const share = lateness.within(limit);
    assert(share >= SHARE, `${about}: ${share} of the good values within ${limit.toFixed(1)} s`);
  }
});
