import { assertEquals } from "@std/assert";
import { describeProblem, ProblemReporter } from "./problems.ts";

Deno.test("ProblemReporter warns once about each subject, until its problems change", () => {
  const problems = new ProblemReporter();
  const logged: string[] = [];
  const log = {
    warn: (text: string) => void logged.push(`warn ${text}`),
    debug: (text: string) => void logged.push(`debug ${text}`),
  };
  for (const list of [["a"], ["a"], [], ["a"], ["a", "b"]]) problems.report(log, "one", list);
  problems.report(log, "two", ["a"]);
  assertEquals(logged, ["warn a", "debug a", "warn a", "warn a", "warn b", "warn a"]);
});

Deno.test("describeProblem names the sensor, the first indexes, the reason and what to do", () => {
  assertEquals(
    describeProblem(17, "nothing there", ["1", "2", "3", "4", "5", "6", "7"]),
    "sensor 17 has no value for index 1, 2, 3, 4, 5 and 2 more: nothing there; check the OIDs of the sensor",
  );
  assertEquals(
    describeProblem(17, "first reading of a counter", ["0"]),
    "sensor 17 has no value for index 0: first reading of a counter",
  );
});
