import { assertEquals } from "@std/assert";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { createLogger } from "../../src/util/log.ts";

function setUp() {
  const said: string[] = [];
  const log = createLogger(({ level, message }) => said.push(`${level} ${message}`));
  return { said, problems: new ProblemLog(log) };
}

Deno.test("ProblemLog warns of what is new, and of what is back", () => {
  const { said, problems } = setUp();
  problems.report(["a"]);
  problems.report(["a", "b"]);
  problems.report(["b"]);
  problems.report(["a", "b"]);
  assertEquals(said, ["warn a", "debug a", "warn b", "debug b", "warn a", "debug b"]);
});

Deno.test("ProblemLog warns once of what is reported twice", () => {
  const { said, problems } = setUp();
  problems.report(["a", "a"]);
  assertEquals(said, ["warn a"]);
});

Deno.test("ProblemLog says how many more there are than can be read", () => {
  const { said, problems } = setUp();
  const all = Array.from({ length: 25 }, (_, i) => `problem ${i}`);
  problems.report(all);
  assertEquals(said.filter((line) => line.startsWith("warn")), [
    ...all.slice(0, 20).map((problem) => `warn ${problem}`),
    "warn There are 5 more problems, said at debug level",
  ]);
  said.length = 0;
  problems.report(all);
  assertEquals(said.filter((line) => line.startsWith("warn")), []);
});
