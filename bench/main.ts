// Measures the library beside its peers, prints a table for each suite, and, with --write, puts them into the README.
//
// Usage: deno task bench [SUITE…] [--quick] [--rounds N] [--json FILE] [--write]
//        deno task bench --redraw   writes the README and the chart anew from the figures of the last time

// deno-lint-ignore-file no-console

import { parseArgs } from "@std/cli/parse-args";
import { conditions } from "./harness/conditions.ts";
import { publish, readResults } from "./harness/publish.ts";
import { renderResults, type SuiteResults } from "./harness/report.ts";
import { expectedSeconds, runSuite } from "./harness/run_suite.ts";
import { denoCommand } from "./harness/run_variant.ts";
import { SUITES } from "./suites.ts";

const HERE = import.meta.dirname!;

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
const options = { quick: flags.quick, rounds };
const suites = SUITES.filter(({ name }) => names.length === 0 || names.includes(name));

if (flags.redraw) {
  for (const results of await readResults(HERE)) {
    await publish(HERE, SUITES.find(({ name }) => name === results.suite)!, results);
  }
  await drawChart();
  Deno.exit();
}

const seconds = suites.reduce((sum, suite) => sum + expectedSeconds(suite, options), 0);
console.log(`${suites.map(({ name }) => name).join(", ")}: about ${formatTime(seconds)}`);
const startedAt = performance.now();
const all: SuiteResults[] = [];
for (const suite of suites) {
  try {
    const found = { suite: suite.name, conditions: await conditions() };
    const measurements = await runSuite(suite, { ...options, log: console.error });
    if (measurements === undefined) continue;
    const results = { ...found, measurements };
    all.push(results);
    console.log(`\n${renderResults(suite, results)}\n`);
    if (flags.write) await publish(HERE, suite, results);
  } catch (error) {
    // The others may work.
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
}
if (flags.write) await drawChart();
if (flags.json !== undefined) await Deno.writeTextFile(flags.json, JSON.stringify(all, null, 2));
console.log(`Done in ${formatTime((performance.now() - startedAt) / 1000)}`);

/** In a process of its own, as it needs a package that is only downloaded for that. */
async function drawChart(): Promise<void> {
  const script = import.meta.resolve("./draw_chart.ts");
  const flags = ["--allow-read", `--allow-write=${HERE}`, "--allow-env=NODE_ENV"];
  const [program, ...args] = denoCommand(script, flags);
  const { success } = await new Deno.Command(program!, {
    args,
    stdout: "inherit",
    stderr: "inherit",
  })
    .output();
  if (!success) fail("Cannot draw the chart");
}

function formatTime(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} minutes`;
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(2);
}
