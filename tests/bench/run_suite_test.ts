import { assertEquals, assertRejects } from "@std/assert";
import { startServer } from "../../bench/harness/processes.ts";
import { planSuite, runSuite, shortenSuite } from "../../bench/harness/run_suite.ts";
import type { Suite } from "../../bench/harness/suite.ts";
import { FAKE_SUITE, shell } from "./fake_suite.ts";

/** What is run in turn: case, round and variant. */
function planned(suite: Suite, rounds?: number): string[] {
  return planSuite(suite, rounds, () => {}).flatMap(({ case: { name }, runs }) =>
    runs.map(({ variant, round }) => `${name} ${round} ${variant.name}`)
  );
}

Deno.test("planSuite takes the variants of each case in turns, every second round backwards", () => {
  assertEquals(planned(FAKE_SUITE), [
    ...["1 0 a", "1 0 b", "1 0 c", "1 1 c", "1 1 b", "1 1 a"],
    ...["1,000 0 a", "1,000 0 b", "1,000 1 b", "1,000 1 a", "1,000 2 a", "1,000 2 b"],
  ]);
  assertEquals(planned(FAKE_SUITE, 1), ["1 0 a", "1 0 b", "1 0 c", "1,000 0 a", "1,000 0 b"]);
});

Deno.test("planSuite leaves out by name what needs a program that is not installed", () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const variants = FAKE_SUITE.variants.map((variant) => ({
    ...variant,
    needs: variant.name === "a" ? ["sh", "no-such-program"] : [],
  }));
  const [first] = planSuite({ ...FAKE_SUITE, variants }, 1, log);
  assertEquals(first!.runs.map(({ variant }) => variant.name), ["b", "c"]);
  assertEquals(
    planSuite({ ...FAKE_SUITE, needs: ["no-such-program", "sh -c 'exit 1'"] }, 1, log),
    [],
  );
  assertEquals(lines, [
    "fake: a: skipped, as this machine lacks no-such-program",
    "fake: skipped, as this machine lacks no-such-program, sh -c 'exit 1'",
  ]);
});

Deno.test("shortenSuite keeps one round of the first case, with other arguments", () => {
  const [only, ...others] = shortenSuite(FAKE_SUITE).cases;
  assertEquals([only!.rounds, only!.args, others.length], [1, ["0.1"], 0]);
});

Deno.test("runSuite reads the figures of the suite in the last line of each process", async () => {
  const suite = { ...FAKE_SUITE, variants: FAKE_SUITE.variants.slice(0, 1) };
  const figures = { cpu: 1.5, rss: 40 };
  assertEquals(await runSuite(suite, planSuite(suite, 1, () => {})), [
    { case: "1", variant: "a", round: 0, figures },
    { case: "1,000", variant: "a", round: 0, figures },
  ]);
});

Deno.test("runSuite hands the arguments of the case and the words of the server to the variants", async () => {
  const suite: Suite = {
    ...FAKE_SUITE,
    // Its process id tells whether it was terminated.
    server: shell('echo "$(($1 + 1)) $$"; exec sleep 600'),
    variants: [{
      name: "a",
      command: shell(`echo "{ \\"cpu\\": $(($1 + $2)), \\"rss\\": $3 }"`),
    }],
  };
  const measurements = await runSuite(suite, planSuite(suite, 1, () => {}));
  assertEquals(measurements.map(({ figures }) => figures.cpu), [3, 2001]);
  for (const { figures } of measurements) {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", 'kill -0 "$0"', `${figures.rss}`],
      stderr: "null",
    }).output();
    assertEquals(success, false, "the server runs on");
  }
});

Deno.test("startServer fails if the process ends before it is ready", async () => {
  await assertRejects(() => startServer(shell("exit 0")), Error, "ended before it was ready");
});
