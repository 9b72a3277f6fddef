import { assertEquals } from "@std/assert";
import { Histogram } from "../../../src/status/metrics/histogram.ts";

Deno.test("Histogram counts an observation in the first bucket whose bound is not below it", () => {
  const histogram = new Histogram([0.1, 1, 10]);
  for (const value of [0, 0.1, 0.5, 1, 10, 11, 1000]) histogram.observe(value);
  const { counts, sum } = histogram.distributions.get("")!;
  assertEquals([[...counts], sum], [[2, 2, 1, 2], 1022.6]);
});

Deno.test("Histogram keeps the observations of each label apart", () => {
  const histogram = new Histogram([1], []);
  histogram.observe(1, "values");
  histogram.observe(2, "profile");
  histogram.observe(3, "values");
  assertEquals(
    [...histogram.distributions].map(([label, { counts, sum }]) => [label, [...counts], sum]),
    [["values", [1, 1], 4], ["profile", [0, 1], 2]],
  );
});
