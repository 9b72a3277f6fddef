// Measures the library beside its peers, and prints a table for each suite. How to use it: README.md.

// deno-lint-ignore-file no-console

import { parseArgs } from "@std/cli/parse-args";
import { denoCommand } from "./harness/processes.ts";
import {
  describeConditions,
  formatMarkdown,
  readResults,
  writeReadme,
  writeResults,
} from "./harness/publish.ts";
import { renderResults, type SuiteResults } from "./harness/report.ts";
import { type PlannedCase, planSuite, runSuite, shortenSuite } from "./harness/run_suite.ts";
import { SUITES } from "./suites.ts";

const flags = parseArgs(Deno.args, {
  boolean: ["quick", "write", "redraw"],
  string: ["rounds", "json"],
  unknown: (argument, key) => {
    if (key !== undefined) fail(`Unknown flag ${argument}`);
  },
});
if (flags.quick && flags.write) fail("Leave out --quick: the README has the figures of a full run");
const names = flags._.map(String);
const unknown = names.find((name) => SUITES.every((suite) => suite.name !== name));
if (unknown !== undefined) {
  fail(`Unknown suite "${unknown}": there are ${SUITES.map(({ name }) => name).join(", ")}`);
}
const rounds = flags.rounds === undefined ? undefined : Number(flags.rounds);
if (rounds !== undefined && (!Number.isInteger(rounds) || rounds < 1)) {
  fail(`Cannot measure "${flags.rounds}" rounds: set --rounds to a whole number above 0`);
}

if (!flags.redraw) {
  const results = await measureAll();
  if (flags.json !== undefined) {
    await Deno.writeTextFile(flags.json, JSON.stringify(results, null, 2));
  }
  if (flags.write) await writeResults(results);
}
if (flags.write || flags.redraw) await redraw();

async function measureAll(): Promise<SuiteResults[]> {
  const plans = SUITES
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((suite) => flags.quick ? shortenSuite(suite) : suite)
    .map((suite) => ({ suite, plan: planSuite(suite, rounds, console.error) }));
  let left = plans.reduce((sum, { plan }) => sum + secondsOf(plan), 0);
  const results: SuiteResults[] = [];
  for (const { suite, plan } of plans) {
    if (plan.length === 0) continue;
    const conditions = describeConditions();
    const leftAfter = left - secondsOf(plan);
    try {
      const measurements = await runSuite(suite, plan, (run, { seconds }) => {
        console.error(`${formatTime(left)} left: ${run}`);
        left -= seconds;
      });
      const result = { suite: suite.name, conditions, measurements };
      results.push(result);
      console.log(`\n${await formatMarkdown(renderResults(suite, result))}`);
    } catch (error) {
      // The others may work.
      console.error(error instanceof Error ? error.message : error);
      Deno.exitCode = 1;
    }
    left = leftAfter;
  }
  return results;
}

function secondsOf(plan: readonly PlannedCase[]): number {
  return plan.reduce((sum, { case: { seconds }, runs }) => sum + seconds * runs.length, 0);
}

function formatTime(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} minutes`;
}

/** Writes the README and the chart anew from the figures of the last time. */
async function redraw(): Promise<void> {
  const last = new Map((await readResults()).map((result) => [result.suite, result]));
  const measured = SUITES.filter(({ name }) => last.has(name));
  await writeReadme(
    new Map(measured.map((suite) => [suite.name, renderResults(suite, last.get(suite.name)!)])),
  );
  // In a process of its own, as it needs a package that is only downloaded for that.
  const draw = ["--allow-read", "--allow-write", "--allow-env=NODE_ENV"];
  const [program, ...args] = denoCommand("draw_chart.ts", draw);
  const { success } = await new Deno.Command(program!, { args, stdout: "inherit" }).spawn().status;
  if (!success) fail("Cannot draw the chart");
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(2);
}
