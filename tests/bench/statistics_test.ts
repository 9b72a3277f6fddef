import { assertEquals } from "@std/assert";
import { numbersOf, ratiosOf, summarize } from "../../bench/harness/statistics.ts";

Deno.test("summarize returns the middle of an odd number of rounds, and the mean of two of an even one", () => {
  assertEquals(summarize([9, 1, 4]), { median: 4, min: 1, max: 9 });
  assertEquals(summarize([10, 2, 4, 1]), { median: 3, min: 1, max: 10 });
});

Deno.test("ratiosOf compares the pairs of each round, and leaves out what has none", () => {
  const reference = new Map([[0, 5], [1, 5], [3, 0]]);
  assertEquals(ratiosOf(new Map([[0, 10], [1, 20], [2, 300], [3, 1]]), reference), [2, 4]);
  assertEquals(ratiosOf(new Map([[0, 10]]), new Map()), []);
});

Deno.test("numbersOf finds one figure of one variant of one case", () => {
  const measured = (variant: string, round: number, figures: Record<string, number>) => ({
    case: "small",
    variant,
    round,
    figures,
  });
  const measurements = [
    measured("ours", 0, { cpu: 1, rss: 7 }),
    measured("theirs", 0, { cpu: 2 }),
    measured("ours", 1, { rss: 8 }),
  ];
  assertEquals(
    numbersOf(measurements, { case: "small", variant: "ours", key: "cpu" }),
    new Map([[0, 1]]),
  );
  assertEquals(
    numbersOf(measurements, { case: "large", variant: "ours", key: "cpu" }),
    new Map(),
  );
});
