import { assertEquals } from "@std/assert";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";

function setUp() {
  const logged: string[] = [];
  const log = createLogger(({ level, message }) => logged.push(`${level} ${message}`));
  return { logged, problems: new ProblemLog(log) };
}

Deno.test("ProblemLog warns of new and of returning problems", () => {
  const { logged, problems } = setUp();
  problems.report(["a"]);
  problems.report(["a", "b"]);
  problems.report(["b"]);
  problems.report(["a", "b"]);
  assertEquals(logged, ["warn a", "debug a", "warn b", "debug b", "warn a", "debug b"]);
});

Deno.test("ProblemLog warns once of a problem listed twice", () => {
  const { logged, problems } = setUp();
  problems.report(["a", "a"]);
  assertEquals(logged, ["warn a"]);
});

Deno.test("ProblemLog counts the problems beyond the first 20", () => {
  const { logged, problems } = setUp();
  const all = Array.from({ length: 25 }, (_, i) => `problem ${i}`);
  problems.report(all);
  assertEquals(logged.filter((line) => line.startsWith("warn")), [
    ...all.slice(0, 20).map((problem) => `warn ${problem}`),
    "warn 5 more problems, logged at debug level",
  ]);
  logged.length = 0;
  problems.report(all);
  assertEquals(logged.filter((line) => line.startsWith("warn")), []);
});
