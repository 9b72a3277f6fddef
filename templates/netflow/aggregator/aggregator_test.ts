import { assert, assertEquals, assertThrows } from "@std/assert";
import { testFlow } from "../testing/flow.ts";
import { Aggregator } from "./aggregator.ts";
import type { AggregatorState } from "./aggregator_state.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EXPORTER = "192.0.2.1";

/** An aggregator that is started at `start`. */
function startAt(start: number, state: AggregatorState[] = []) {
  const aggregator = new Aggregator(start, { state });
  return {
    aggregator,
    add(now: number, bytes = 100): void {
      aggregator.trafficOf(EXPORTER, now).ingress.add(testFlow({ bytes }));
    },
    /** Closes the windows that have ended at `now`; returns the bytes of those that are complete. */
    async close(now: number): Promise<[label: string, bytes: number][]> {
      const closed: [string, number][] = [];
      for (let window; (window = aggregator.nextEnded(now)) !== undefined;) {
        const { bytes } = window.report(EXPORTER, "ingress");
        if (window.isComplete) closed.push([window.label, bytes]);
        await aggregator.close(window);
      }
      return closed;
    },
    /** Returns the state at `now`, without its last minute unless `last` is set. */
    state: (now: number, last = true): AggregatorState[] =>
      JSON.parse(JSON.stringify([...aggregator.stateLines(last, now)])),
  };
}

Deno.test("Aggregator closes a minute when it ends, once", async () => {
  const { add, close } = startAt(0);
  add(0);
  add(59_999);
  assertEquals(await close(59_999), []);
  add(60_000, 1);
  assertEquals(await close(60_000), [["1min", 200]]);
  assertEquals(await close(60_001), []);
  assertEquals(await close(120_000), [["1min", 1]]);
});

Deno.test("Aggregator sums up minutes in longer windows", async () => {
  const { add, close } = startAt(0);
  const sums: Record<string, number[]> = {};
  for (let minute = 0; minute < 24 * 60; minute++) {
    add(minute * MINUTE + 30_000, minute + 1);
    for (const [label, bytes] of await close((minute + 1) * MINUTE)) {
      (sums[label] ??= []).push(bytes);
    }
  }
  const sumOf = (from: number, length: number) => {
    let sum = 0;
    for (let minute = from; minute < from + length; minute++) sum += minute + 1;
    return sum;
  };
  const lengths = { "1min": 1, "15min": 15, "1h": 60, "4h": 240, "24h": 1440 };
  for (const [label, length] of Object.entries(lengths)) {
    const expected = Array.from({ length: 1440 / length }, (_, n) => sumOf(n * length, length));
    assertEquals(sums[label], expected);
  }
});

Deno.test("Aggregator closes each window before minutes that come after it", async () => {
  const { add, close } = startAt(0);
  add(0, 1);
  add(14 * MINUTE, 2);
  add(15 * MINUTE, 4);
  add(22 * HOUR, 8);
  assertEquals(await close(DAY), [
    ["1min", 1],
    ["1min", 2],
    ["15min", 3],
    ["1min", 4],
    ["15min", 4],
    ["1h", 7],
    ["4h", 7],
    ["1min", 8],
    ["15min", 8],
    ["1h", 8],
    ["4h", 8],
    ["24h", 15],
  ]);
});

Deno.test("Aggregator merges a window once, however often it is closed", async () => {
  const { aggregator, add, close } = startAt(0);
  add(0);
  const minute = aggregator.nextEnded(MINUTE)!;
  await aggregator.close(minute);
  await aggregator.close(minute);
  assertEquals(await close(15 * MINUTE), [["15min", 100]]);
});

Deno.test("Aggregator reports 0 for an exporter that sent nothing while others did", () => {
  const { aggregator, add } = startAt(0);
  add(0);
  const minute = aggregator.nextEnded(MINUTE)!;
  assertEquals(minute.report("192.0.2.2", "ingress").bytes, 0);
  assertEquals(minute.report(EXPORTER, "egress").bytes, 0);
});

Deno.test("Aggregator does not call windows complete that miss more than a tenth", async () => {
  const { add, close } = startAt(6_001);
  add(10_000);
  add(70_000);
  assertEquals(await close(MINUTE), []);
  assertEquals(await close(2 * MINUTE), [["1min", 100]]);
  assertEquals(await close(15 * MINUTE), [["15min", 200]]);

  const late = startAt(3 * HOUR);
  late.add(3 * HOUR);
  assertEquals(await late.close(4 * HOUR), [["1min", 100], ["15min", 100], ["1h", 100]]);
  assertEquals(await late.close(DAY), []);
});

Deno.test("Aggregator has no windows without packets", async () => {
  const { add, close } = startAt(0);
  add(0);
  assertEquals(await close(MINUTE), [["1min", 100]]);
  assertEquals(await close(2 * MINUTE), []);
});

Deno.test("Aggregator continues when the clock is set back", async () => {
  const { add, close } = startAt(10 * MINUTE);
  add(10 * MINUTE, 1);
  add(9 * MINUTE, 2);
  add(0, 4);
  assertEquals(await close(5 * MINUTE), []);
  assertEquals(await close(11 * MINUTE), [["1min", 7]]);
});

Deno.test("Aggregator starts again when the clock is set back by more than an hour", async () => {
  const { aggregator, add, close } = startAt(0);
  add(DAY, 1);
  await close(DAY + MINUTE);
  add(DAY + MINUTE, 2);
  add(6.5 * MINUTE, 4);
  assertEquals(await close(7 * MINUTE), []); // half of it was missed
  add(7 * MINUTE, 8);
  assertEquals(await close(8 * MINUTE), [["1min", 8]]);
  assertEquals(await close(HOUR), []);
  assertEquals(await close(DAY), [["4h", 12], ["24h", 12]]);
  assertEquals(aggregator.exporters(), new Set());
});

Deno.test("Aggregator drops all but 10 minutes that nobody closes, as missed time", async () => {
  const { aggregator, add, close } = startAt(0);
  for (let minute = 0; minute < 4; minute++) add(minute * MINUTE, 1000);
  const dropped = aggregator.nextEnded(MINUTE)!;
  for (let minute = 4; minute < 14; minute++) add(minute * MINUTE, 1);
  assertEquals(dropped.report(EXPORTER, "ingress").bytes, 1000);
  await aggregator.close(dropped);
  // Minutes 0 to 3 are gone, more than a tenth of 15, but not of 60.
  assertEquals(await close(15 * MINUTE), Array(10).fill(["1min", 1]));
  assertEquals(await close(HOUR), [["1h", 10]]);
});

Deno.test("Aggregator uses no more memory than it may, with exact totals", async () => {
  const memoryBytes = 300_000;
  const aggregator = new Aggregator(0, { memoryBytes });
  for (let minute = 0; minute < 20; minute++) {
    const now = minute * MINUTE;
    for (let n = 0; n < 3000; n++) {
      const flow = testFlow({ source: `10.${minute}.${n >> 8}.${n & 255}`, input: n % 20 });
      aggregator.trafficOf(EXPORTER, now).ingress.add(flow);
    }
    assert(aggregator.memory.usedBytes <= memoryBytes);
    for (let window; (window = aggregator.nextEnded(now)) !== undefined;) {
      const { bytes, top } = window.report(EXPORTER, "ingress");
      assertEquals(bytes, window.label === "1min" ? 300_000 : 15 * 300_000);
      for (const entries of [top.addresses, top.connections]) assertEquals(entries?.length, 10);
      await aggregator.close(window);
    }
  }
  assertEquals(aggregator.memory.limitReached, true);
  for (let window; (window = aggregator.nextEnded(2 * DAY)) !== undefined;) {
    await aggregator.close(window);
  }
  assertEquals(aggregator.memory, { usedBytes: 0, limitReached: false });
});

Deno.test("Aggregator drops minutes that nobody closes if there is no memory for the next one", async () => {
  const memoryBytes = 300_000;
  const aggregator = new Aggregator(0, { memoryBytes });
  for (let n = 0; n < 9 * 3000; n++) {
    const now = Math.floor(n / 3000) * MINUTE;
    const flow = testFlow({ source: `10.0.${n >> 8}.${n & 255}` });
    aggregator.trafficOf(EXPORTER, now).ingress.add(flow);
    if (n % 100 === 0) assert(aggregator.memory.usedBytes <= memoryBytes);
  }
  let minutes = 0;
  for (let window; (window = aggregator.nextEnded(9 * MINUTE)) !== undefined; minutes++) {
    await aggregator.close(window);
  }
  assert(minutes >= 5 && minutes < 9, `${minutes} minutes`);
});

Deno.test("Aggregator continues after a restart", async () => {
  const before = startAt(0);
  before.add(0, 1);
  before.add(23 * HOUR, 2);
  await before.close(23 * HOUR + 10_000);
  const after = startAt(23 * HOUR + 20_000, before.state(23 * HOUR + 15_000));
  assertEquals(after.aggregator.exporters(), new Set([EXPORTER]));
  after.add(23 * HOUR + 30_000, 4);
  assertEquals(await after.close(23 * HOUR + MINUTE), [["1min", 6]]);
  assertEquals(await after.close(DAY), [["15min", 6], ["1h", 6], ["4h", 6], ["24h", 7]]);
});

Deno.test("Aggregator hands out windows after a restart that ended before it, once", async () => {
  const before = startAt(0);
  before.add(0, 1);
  before.add(DAY - 1, 2);
  // Stopped at the end of the day, before any window was closed.
  const after = startAt(DAY + 2000, before.state(DAY));
  assertEquals((await after.close(DAY + 2000)).at(-1), ["24h", 3]);
  const again = startAt(DAY + 9000, after.state(DAY + 3000));
  assertEquals(await again.close(DAY + 9000), []);
});

Deno.test("Aggregator closes windows that ended during a restart, if little was missed", async () => {
  const before = startAt(0);
  before.add(0, 1);
  before.add(22 * HOUR, 2);
  await before.close(22 * HOUR);
  const after = startAt(DAY + 5 * MINUTE, before.state(22 * HOUR + 1));
  assertEquals(await after.close(DAY + 5 * MINUTE), [["24h", 3]]);
  // The bot missed a part of the first new windows.
  after.add(DAY + 6 * MINUTE, 5);
  assertEquals(await after.close(DAY + 15 * MINUTE), [["1min", 5]]);
  assertEquals(await after.close(DAY + HOUR), [["1h", 5]]);
});

Deno.test("Aggregator adds up what was missed in several restarts", async () => {
  let bot = startAt(0);
  bot.add(0);
  for (let minute = 1; minute < 10; minute++) {
    const now = minute * MINUTE;
    bot = startAt(now + 20_000, bot.state(now));
    bot.add(now + 30_000);
  }
  const closed = await bot.close(HOUR);
  assertEquals(closed, [["1min", 100], ["1h", 1000]]);
});

Deno.test("Aggregator leaves minutes that are not closed out of its state, unless it is the last", async () => {
  const { add, close, state } = startAt(0);
  add(0, 1);
  await close(MINUTE);
  add(MINUTE, 2);
  add(2 * MINUTE + 1, 4);
  const after = startAt(3 * MINUTE, state(3 * MINUTE, false));
  assertEquals(await after.close(HOUR), [["1h", 1]]);
  const complete = startAt(3 * MINUTE, state(3 * MINUTE));
  const [oldest, , longer] = await complete.close(HOUR);
  assertEquals([oldest, longer], [["1min", 2], ["15min", 7]]);
});

Deno.test("Aggregator keeps all sums over a restart, in lines that are short", () => {
  const aggregator = new Aggregator(0);
  const { ingress, egress } = aggregator.trafficOf(EXPORTER, 0);
  for (let n = 0; n < 9000; n++) {
    const source = n % 9 > 0 ? `10.0.${n >> 8}.${n & 255}` : "2001:db8::1";
    ingress.add(testFlow({ bytes: 1 + n % 7, source, input: n % 10 }));
  }
  egress.add(testFlow({ isEgress: true, source: "" }));
  const lines = [...aggregator.stateLines(true, 1000)].map((line) => JSON.stringify(line));
  for (const line of lines) assert(line.length < 200_000);
  const copy = new Aggregator(1000, { state: lines.map((line) => JSON.parse(line)) });
  for (const direction of ["ingress", "egress"] as const) {
    const [one, two] = [aggregator, copy].map((each) => {
      const { interfaces, ...rest } = each.nextEnded(MINUTE)!.report(EXPORTER, direction);
      return { ...rest, interfaces: [...interfaces] };
    });
    assertEquals(two, one);
  }
});

Deno.test("Aggregator refuses a damaged state", async () => {
  const { add, close, state } = startAt(0);
  add(0);
  await close(MINUTE);
  const [head, sums] = state(MINUTE) as unknown as [object, object];
  for (
    const lines of [
      [null],
      ["text"],
      [{ until: "now", missed: [] }],
      [{ until: 1, missed: 7 }],
      [{ until: 1, missed: [[1, null]] }],
      [head, { ...sums, window: "2min" }],
      [head, { ...sums, start: 1 }],
      [head, { ...sums, start: null }],
      [head, sums, { ...sums, start: 15 * MINUTE }],
      [head, { ...sums, start: 15 * MINUTE * 1e6 }],
      [head, { ...sums, exporter: 7 }],
      [head, { ...sums, direction: "up" }],
      [head, { ...sums, interface: 1.5 }],
      [head, { ...sums, bytes: null }],
      [head, { ...sums, bytes: -1 }],
      [head, { ...sums, bytes: "7" }],
      [head, { ...sums, error: undefined }],
      [head, { ...sums, table: "toString" }],
      [head, { ...sums, table: "connections" }],
      [head, { ...sums, keys: 7 }],
      [head, { ...sums, sums: [] }],
      [head, { ...sums, sums: [null] }],
      [head, { ...sums, errors: [1, 2] }],
    ]
  ) {
    assertThrows(() => startAt(MINUTE, lines as AggregatorState[]), TypeError, "sums are");
  }
});
