// Accounts must not wait for each other, and many of them must be kind to the backend.

// The figures are part of the result.
// deno-lint-ignore-file no-console

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { FULL } from "../full.ts";
import { type Accepted, table } from "./ledger.ts";
import { Stage } from "./stage.ts";

/** What is wanted of a healthy account beside others that hang, in seconds. */
const MEDIAN = 1;
const WORST = 2;
const FOR_MS = FULL ? 40_000 : 6000;
/** At most so many requests with values at once; and where some take longer than a second. */
const AT_ONCE = 16;
const AT_ONCE_IF_SLOW = 64;
const MANY = 2000;

/** Lets some accounts hang beside a healthy one. */
async function play(hanging: number, delivery: "post" | "put") {
  await using stage = await Stage.open({ accounts: hanging + 1, collector: { delivery } });
  const { front, accounts } = stage;
  const [healthy, ...others] = accounts;
  const stream = (accounts: readonly { readonly id: number }[], periodMs: number) =>
    stage.stream({ accounts, jobs: accounts.length, perRun: 5, periodMs, forMs: FOR_MS + 1500 });
  const streaming = [stream([healthy!], 100)];
  if (others.length > 0) streaming.push(stream(others, 500));
  await delay(1500);
  const since = Date.now();
  front.decide = ({ path }) =>
    path.startsWith(`/api/accounts/${healthy!.id}/`) ? "pass" : { stall: "silent" };
  await Promise.all(streaming);
  const counted = ({ accountId, from }: Accepted) => accountId === healthy!.id && from >= since;
  await stage.missing(counted);
  const mostAtOnce = front.mostAtOnce;
  front.decide = () => "pass";
  return { hanging, delivery, mostAtOnce, ...stage.lateness(counted) };
}

Deno.test("Collector delivers for a healthy account in time beside accounts whose requests hang", async () => {
  // A busy machine is late without a fault, too.
  const [control, ...rows] = await Promise.all([
    play(0, "post"),
    play(6, "post"),
    play(30, "put"),
    ...(FULL ? [play(6, "put"), play(30, "post")] : []),
  ]);
  console.log(
    table(
      [control!, ...rows].map(({ hanging, delivery, count, stored, p50, worst, mostAtOnce }) => ({
        hanging,
        delivery,
        values: count,
        stored,
        median: p50.toFixed(2),
        worst: worst.toFixed(2),
        "at once": mostAtOnce,
      })),
    ),
  );
  for (const { hanging, count, stored, p50, worst } of rows) {
    assertEquals(stored, count, `beside ${hanging}`);
    assert(p50 <= MEDIAN + 5 * control!.p50, `beside ${hanging}: ${p50} s late at the median`);
    assert(worst <= WORST + 5 * control!.worst, `beside ${hanging}: ${worst} s late at worst`);
  }
});

Deno.test("Collector sends few requests at once for very many accounts", async () => {
  let longest = 0;
  const timed: typeof fetch = async (input, init) => {
    const start = performance.now();
    const response = await fetch(input, init);
    longest = Math.max(longest, (performance.now() - start) / 1000);
    return response;
  };
  await using stage = await Stage.open({
    accounts: MANY,
    latencyMs: 5,
    collector: { fetch: timed },
  });
  await Promise.all(stage.accounts.map(({ id }) => stage.send(id, ["job.0", "job.1"])));
  assertEquals(await stage.missing(), 0);
  const { front } = stage;
  console.log(
    `${MANY} accounts: ${front.arrivals.length} requests, at most ${front.mostAtOnce} at once, ` +
      `${longest.toFixed(2)} s at most`,
  );
  const limit = longest < 0.9 ? AT_ONCE : AT_ONCE_IF_SLOW;
  assert(front.mostAtOnce <= limit, `${front.mostAtOnce} requests at once`);
});
