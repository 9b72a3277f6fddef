import { assertEquals } from "@std/assert";
import { Aggregator, type AggregatorState } from "./aggregator.ts";
import type { Flow } from "../decoder/flow.ts";

const FLOW: Flow = {
  bytes: 100,
  packets: 1,
  direction: "ingress",
  input: 1,
  output: 2,
  source: "10.0.0.1",
  destination: "10.9.0.1",
  protocol: 6,
  sourcePort: 40_000,
  destinationPort: 443,
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EXPORTER = "192.0.2.1";
const ACCOUNT = 7;

/** An aggregator with one account, started at `start`. */
function startAt(start: number, state?: AggregatorState) {
  const aggregator = new Aggregator(start, state);
  aggregator.setAccounts([ACCOUNT]);
  return {
    aggregator,
    add: (now: number, bytes = 100) => aggregator.add(EXPORTER, { ...FLOW, bytes }, now),
    /** Takes the windows at `now`; returns bytes by length. */
    take(now: number): Record<string, number | undefined> {
      for (const _ of aggregator.closeEnded(now));
      const taken = aggregator.take(ACCOUNT);
      return Object.fromEntries(
        taken.map(({ label, reports }) => [label, reports.get(EXPORTER)?.ingress.bytes]),
      );
    },
  };
}

Deno.test("Aggregator closes a minute when it ends, once", () => {
  const { add, take } = startAt(0);
  add(0);
  add(59_999);
  assertEquals(take(59_999), {});
  add(60_000, 1);
  assertEquals(take(60_000), { "1min": 200 });
  assertEquals(take(60_001), {});
  assertEquals(take(120_000), { "1min": 1 });
});

Deno.test("Aggregator sums up minutes in longer windows", () => {
  const { add, take } = startAt(0);
  const sums: Record<string, number[]> = {};
  for (let minute = 0; minute < 24 * 60; minute++) {
    add(minute * MINUTE + 30_000, minute + 1);
    for (const [label, bytes] of Object.entries(take((minute + 1) * MINUTE))) {
      (sums[label] ??= []).push(bytes!);
    }
  }
  const sumOf = (from: number, length: number) => {
    let sum = 0;
    for (let minute = from; minute < from + length; minute++) sum += minute + 1;
    return sum;
  };
  for (
    const [label, length] of [["1min", 1], ["15min", 15], ["1h", 60], ["4h", 240], [
      "24h",
      1440,
    ]] as const
  ) {
    const count = 1440 / length;
    assertEquals(sums[label], Array.from({ length: count }, (_, n) => sumOf(n * length, length)));
  }
});

Deno.test("Aggregator closes all windows that ended since the last call", () => {
  const { add, take } = startAt(0);
  for (let hour = 0; hour < 24; hour++) add(hour * HOUR, 1);
  assertEquals(take(DAY), { "1min": 1, "15min": 1, "1h": 1, "4h": 4, "24h": 24 });
});

Deno.test("Aggregator does not report windows that miss more than a tenth", () => {
  const { add, take } = startAt(6_001);
  add(10_000);
  add(70_000);
  assertEquals(take(MINUTE), {});
  assertEquals(take(2 * MINUTE), { "1min": 100 });
  assertEquals(take(15 * MINUTE), { "15min": 200 });

  const late = startAt(3 * HOUR);
  late.add(3 * HOUR);
  assertEquals(late.take(4 * HOUR), { "1min": 100, "15min": 100, "1h": 100 });
  assertEquals(late.take(DAY), {});
});

Deno.test("Aggregator does not report windows without flows", () => {
  const { add, take } = startAt(0);
  add(0);
  assertEquals(take(MINUTE), { "1min": 100 });
  assertEquals(take(2 * MINUTE), {});
});

Deno.test("Aggregator continues when the clock is set back", () => {
  const { add, take } = startAt(10 * MINUTE);
  add(10 * MINUTE, 1);
  add(9 * MINUTE, 2);
  add(0, 4);
  assertEquals(take(5 * MINUTE), {});
  assertEquals(take(11 * MINUTE), { "1min": 7 });
});

Deno.test("Aggregator tracks what each account has taken, for new ones from now on", () => {
  const { aggregator, add } = startAt(0);
  aggregator.setAccounts([1, 2]);
  add(0);
  for (const _ of aggregator.closeEnded(MINUTE));
  assertEquals(aggregator.take(1).length, 1);
  aggregator.setAccounts([1, 2, 3]);
  assertEquals([1, 2, 3].map((account) => aggregator.take(account).length), [0, 1, 0]);
  add(MINUTE);
  for (const _ of aggregator.closeEnded(2 * MINUTE));
  aggregator.setAccounts([1, 3]);
  assertEquals([1, 2, 3].map((account) => aggregator.take(account).length), [1, 0, 1]);
});

Deno.test("Aggregator keeps the last 5 windows of each length for accounts that do not take them", () => {
  const { aggregator, add } = startAt(0);
  for (let minute = 0; minute < 60; minute++) add(minute * MINUTE);
  for (const _ of aggregator.closeEnded(HOUR));
  const taken = aggregator.take(ACCOUNT).map(({ label }) => label);
  assertEquals(taken.filter((label) => label === "1min").length, 5);
  assertEquals(taken.filter((label) => label === "15min").length, 4);
  assertEquals(taken.filter((label) => label === "1h").length, 1);
});

Deno.test("Aggregator continues after a restart", () => {
  const before = startAt(0);
  before.add(0, 1);
  before.add(23 * HOUR, 2);
  before.take(23 * HOUR + 10_000);
  const after = startAt(23 * HOUR + 20_000, before.aggregator.state(23 * HOUR + 15_000));
  assertEquals(after.aggregator.exporters(), new Set([EXPORTER]));
  after.add(23 * HOUR + 30_000, 4);
  assertEquals(after.take(23 * HOUR + MINUTE), { "1min": 6 });
  assertEquals(after.take(DAY), { "15min": 6, "1h": 6, "4h": 6, "24h": 7 });
});

Deno.test("Aggregator hands out windows after a restart that closed before it, once", () => {
  const before = startAt(0);
  before.add(0, 1);
  before.add(DAY - 1, 2);
  // Stopped at the end of the day, before the windows were taken.
  for (const _ of before.aggregator.closeEnded(DAY));
  const after = startAt(DAY + 2000, before.aggregator.state(DAY));
  assertEquals(after.take(DAY + 2000)["24h"], 3);
  const again = startAt(DAY + 9000, after.aggregator.state(DAY + 3000));
  assertEquals(again.take(DAY + 9000), {});
});

Deno.test("Aggregator closes windows that ended during a restart, if little was missed", () => {
  const before = startAt(0);
  before.add(0, 1);
  before.add(22 * HOUR, 2);
  before.take(22 * HOUR);
  const after = startAt(DAY + 5 * MINUTE, before.aggregator.state(22 * HOUR + 1));
  assertEquals(after.take(DAY + 5 * MINUTE), { "24h": 3 });
  // The bot missed a part of the first new windows.
  after.add(DAY + 6 * MINUTE, 5);
  assertEquals(after.take(DAY + 15 * MINUTE), { "1min": 5 });
  assertEquals(after.take(DAY + HOUR), { "1h": 5 });
});

Deno.test("Aggregator leaves only the open minute out of its state", () => {
  const { aggregator, add, take } = startAt(0);
  add(0, 1);
  take(MINUTE);
  add(MINUTE + 1, 2);
  const state = aggregator.state();
  assertEquals(state.until, MINUTE);
  const after = startAt(2 * MINUTE, state);
  assertEquals(after.take(15 * MINUTE), { "15min": 1 });
});
