import { assertEquals } from "@std/assert";
import type { Flow } from "./flow.ts";
import { TrafficWindows, type WindowsState } from "./aggregator.ts";

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

/** Windows with one account, which begin at `start`. */
function windowsFrom(start: number, state?: WindowsState) {
  const windows = new TrafficWindows(start, state);
  windows.serve([ACCOUNT]);
  return {
    windows,
    add: (now: number, bytes = 100) => windows.add(EXPORTER, { ...FLOW, bytes }, now),
    /** What the account is told at `now`: bytes by window. */
    take(now: number): Record<string, number | undefined> {
      for (const _ of windows.settle(now));
      const told = windows.take(ACCOUNT);
      return Object.fromEntries(
        told.map(({ label, reports }) => [label, reports.get(EXPORTER)?.ingress.bytes]),
      );
    },
  };
}

Deno.test("TrafficWindows tells of a minute when it is over, once", () => {
  const { add, take } = windowsFrom(0);
  add(0);
  add(59_999);
  assertEquals(take(59_999), {});
  add(60_000, 1);
  assertEquals(take(60_000), { "1min": 200 });
  assertEquals(take(60_001), {});
  assertEquals(take(120_000), { "1min": 1 });
});

Deno.test("TrafficWindows tells of longer windows what their minutes have told", () => {
  const { add, take } = windowsFrom(0);
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

Deno.test("TrafficWindows tells of everything when nobody has asked for long", () => {
  const { add, take } = windowsFrom(0);
  for (let hour = 0; hour < 24; hour++) add(hour * HOUR, 1);
  assertEquals(take(DAY), { "1min": 1, "15min": 1, "1h": 1, "4h": 4, "24h": 24 });
});

Deno.test("TrafficWindows does not tell of windows of which a tenth was missed", () => {
  const { add, take } = windowsFrom(6_001);
  add(10_000);
  add(70_000);
  assertEquals(take(MINUTE), {});
  assertEquals(take(2 * MINUTE), { "1min": 100 });
  assertEquals(take(15 * MINUTE), { "15min": 200 });

  const late = windowsFrom(3 * HOUR);
  late.add(3 * HOUR);
  assertEquals(late.take(4 * HOUR), { "1min": 100, "15min": 100, "1h": 100 });
  assertEquals(late.take(DAY), {});
});

Deno.test("TrafficWindows does not tell of windows without any flow", () => {
  const { add, take } = windowsFrom(0);
  add(0);
  assertEquals(take(MINUTE), { "1min": 100 });
  assertEquals(take(2 * MINUTE), {});
});

Deno.test("TrafficWindows goes on when the clock is set back", () => {
  const { add, take } = windowsFrom(10 * MINUTE);
  add(10 * MINUTE, 1);
  add(9 * MINUTE, 2);
  add(0, 4);
  assertEquals(take(5 * MINUTE), {});
  assertEquals(take(11 * MINUTE), { "1min": 7 });
});

Deno.test("TrafficWindows tells each account by itself, and new ones from now on", () => {
  const { windows, add } = windowsFrom(0);
  windows.serve([1, 2]);
  add(0);
  for (const _ of windows.settle(MINUTE));
  assertEquals(windows.take(1).length, 1);
  windows.serve([1, 2, 3]);
  assertEquals([1, 2, 3].map((account) => windows.take(account).length), [0, 1, 0]);
  add(MINUTE);
  for (const _ of windows.settle(2 * MINUTE));
  windows.serve([1, 3]);
  assertEquals([1, 2, 3].map((account) => windows.take(account).length), [1, 0, 1]);
});

Deno.test("TrafficWindows keeps the latest of each kind for accounts that do not ask", () => {
  const { windows, add } = windowsFrom(0);
  for (let minute = 0; minute < 60; minute++) add(minute * MINUTE);
  for (const _ of windows.settle(HOUR));
  const told = windows.take(ACCOUNT).map(({ label }) => label);
  assertEquals(told.filter((label) => label === "1min").length, 5);
  assertEquals(told.filter((label) => label === "15min").length, 4);
  assertEquals(told.filter((label) => label === "1h").length, 1);
});

Deno.test("TrafficWindows goes on after a restart where it has ended", () => {
  const before = windowsFrom(0);
  before.add(0, 1);
  before.add(23 * HOUR, 2);
  before.take(23 * HOUR + 10_000);
  const after = windowsFrom(23 * HOUR + 20_000, before.windows.state(23 * HOUR + 15_000));
  assertEquals(after.windows.exporters(), new Set([EXPORTER]));
  after.add(23 * HOUR + 30_000, 4);
  assertEquals(after.take(23 * HOUR + MINUTE), { "1min": 6 });
  assertEquals(after.take(DAY), { "15min": 6, "1h": 6, "4h": 6, "24h": 7 });
});

Deno.test("TrafficWindows tells after a restart of what was over before it, once", () => {
  const before = windowsFrom(0);
  before.add(0, 1);
  before.add(DAY - 1, 2);
  // Ended in the very moment, and before anybody was told.
  for (const _ of before.windows.settle(DAY));
  const after = windowsFrom(DAY + 2000, before.windows.state(DAY));
  assertEquals(after.take(DAY + 2000)["24h"], 3);
  const again = windowsFrom(DAY + 9000, after.windows.state(DAY + 3000));
  assertEquals(again.take(DAY + 9000), {});
});

Deno.test("TrafficWindows closes after a restart what has ended meanwhile, if little was missed", () => {
  const before = windowsFrom(0);
  before.add(0, 1);
  before.add(22 * HOUR, 2);
  before.take(22 * HOUR);
  const after = windowsFrom(DAY + 5 * MINUTE, before.windows.state(22 * HOUR + 1));
  assertEquals(after.take(DAY + 5 * MINUTE), { "24h": 3 });
  // The first of the new windows have been missed in part.
  after.add(DAY + 6 * MINUTE, 5);
  assertEquals(after.take(DAY + 15 * MINUTE), { "1min": 5 });
  assertEquals(after.take(DAY + HOUR), { "1h": 5 });
});

Deno.test("TrafficWindows leaves out of a snapshot only the minute that goes on", () => {
  const { windows, add, take } = windowsFrom(0);
  add(0, 1);
  take(MINUTE);
  add(MINUTE + 1, 2);
  const state = windows.state();
  assertEquals(state.until, MINUTE);
  const after = windowsFrom(2 * MINUTE, state);
  assertEquals(after.take(15 * MINUTE), { "15min": 1 });
});
