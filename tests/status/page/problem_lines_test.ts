import { assert, assertEquals } from "@std/assert";
import { worstProblems } from "../../../src/status/page/problem_lines.ts";
import type { Problem } from "../../../src/util/problem.ts";
import { FakeTurns } from "../../turns.ts";

Deno.test("worstProblems holds the event loop for no longer than a turn, with 10,000 problems", async () => {
  using turns = new FakeTurns();
  function* problems(): Generator<Problem> {
    const same = { key: "run", kind: "failing jobs", message: "No answer", since: 0, times: 1 };
    for (let index = 0; index < 10_000; index++) {
      turns.work(0.01);
      yield { ...same, scope: `job ${index}`, level: index === 9000 ? "error" : "warn" };
    }
  }
  const { count, problems: worst } = await worstProblems(problems());
  assert(turns.longest() < 10, `${turns.longest()} ms`);
  assertEquals([count, worst.length, worst[0]?.job], [10_000, 100, "9000"]);
});
