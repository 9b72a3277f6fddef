import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { expectedSeconds, runSuite } from "../../bench/harness/run_suite.ts";
import type { Suite } from "../../bench/harness/suite.ts";
import { FAKE_SUITE, printing } from "./fake_suite.ts";

const log = (): void => {};

Deno.test("runSuite measures the variants of each case in turns, every second round backwards", async () => {
  const measurements = await runSuite(FAKE_SUITE, { quick: false, rounds: 2, log });
  assertEquals(
    measurements!.map((one) => `${one.case} ${one.round} ${one.variant}`),
    [
      ...["1 0 a", "1 0 b", "1 0 c", "1 1 c", "1 1 b", "1 1 a"],
      ...["1,000 0 a", "1,000 0 b", "1,000 1 b", "1,000 1 a"],
    ],
  );
  assertEquals(measurements![0]!.figures, { cpu: 1.5, rss: 40 });
});

Deno.test("runSuite measures the first case once if it is quick", async () => {
  const measurements = await runSuite(FAKE_SUITE, { quick: true, log });
  assertEquals(measurements!.map(({ variant }) => variant), ["a", "b", "c"]);
  assertEquals(expectedSeconds(FAKE_SUITE, { quick: true }), 3);
  assertEquals(expectedSeconds(FAKE_SUITE, { quick: false }), 3 * (3 + 4));
});

Deno.test("runSuite measures a case no more often than that says", async () => {
  const suite = { ...FAKE_SUITE, cases: [{ name: "1", seconds: 5, rounds: 2, variants: ["a"] }] };
  const measurements = await runSuite(suite, { quick: false, log });
  assertEquals(measurements!.map(({ round }) => round), [0, 1]);
  assertEquals(expectedSeconds(suite, { quick: false }), 10);
});

Deno.test("runSuite hands what setUp has started to the commands, and ends it", async () => {
  const seen: string[] = [];
  const suite: Suite = {
    ...FAKE_SUITE,
    variants: [{
      name: "a",
      command: ({ args }) => {
        seen.push(...args);
        return printing('{ "cpu": 1 }');
      },
    }],
    setUp: ({ case: { name } }) =>
      Promise.resolve({
        args: [`server of ${name}`],
        [Symbol.asyncDispose]: () => {
          seen.push("ended");
          return Promise.resolve();
        },
      }),
  };
  await runSuite(suite, { quick: false, rounds: 1, log });
  assertEquals(seen, ["server of 1", "ended", "server of 1,000", "ended"]);
});

Deno.test("runSuite names the suite, the case and the variant that fails, with its errors, and ends setUp", async () => {
  let isEnded = false;
  const failing = (code: string): Suite => ({
    ...FAKE_SUITE,
    variants: [{ name: "broken", command: () => [Deno.execPath(), "eval", code] }],
    setUp: () =>
      Promise.resolve({
        args: [],
        [Symbol.asyncDispose]: () => {
          isEnded = true;
          return Promise.resolve();
        },
      }),
  });
  const messageOf = async (code: string): Promise<string> => {
    const suite = failing(code);
    return (await assertRejects(() => runSuite(suite, { quick: true, log }), Error)).message;
  };
  const failed = await messageOf('console.error("no disk"); Deno.exit(3)');
  assertStringIncludes(failed, "fake, 1, broken failed with exit code 3");
  assertStringIncludes(failed, "no disk");
  assertEquals(isEnded, true);
  assertStringIncludes(
    await messageOf('console.log("garbage")'),
    'fake, 1, broken printed "garbage" as its last line instead of a JSON object',
  );
  assertStringIncludes(
    await messageOf('console.log("[1]")'),
    "has none of the figures cpu, rss",
  );
  assertStringIncludes(
    await messageOf(`console.log('{ "cpu": "fast" }')`),
    'fake, 1, broken printed "fast" as cpu',
  );
});

Deno.test("runSuite skips by name what needs a program that is not installed", async () => {
  const lines: string[] = [];
  const variants = FAKE_SUITE.variants.map((variant) => ({
    ...variant,
    needs: variant.name === "a" ? ["no-such-program"] : [],
  }));
  const options = { quick: true, log: (line: string) => lines.push(line) };
  const measurements = await runSuite({ ...FAKE_SUITE, variants }, options);
  assertEquals(measurements!.map(({ variant }) => variant), ["b", "c"]);
  assertEquals(lines[0], "fake: a skipped, as no-such-program is not installed");
  lines.length = 0;
  assertEquals(await runSuite({ ...FAKE_SUITE, needs: ["no-such-program"] }, options), undefined);
  assertEquals(lines, ["fake: skipped, as no-such-program is not installed"]);
});
