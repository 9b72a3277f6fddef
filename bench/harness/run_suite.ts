import { missingPrograms, runVariant, startServer } from "./processes.ts";
import type { Case, Measurement, Suite, Variant } from "./suite.ts";

/** The runs of a case, in order. */
export interface PlannedCase {
  readonly case: Case;
  readonly runs: readonly { readonly variant: Variant; readonly round: number }[];
}

/** The suite for a smoke test: one round of one case. */
export function shortenSuite(suite: Suite): Suite {
  const args = suite.quickArgs;
  const name = `quick: ${args.join(" ")}`;
  return { ...suite, cases: [{ ...suite.cases[0]!, name, args, seconds: 2, rounds: 1 }] };
}

/**
 * What is run in a suite: the variants of each case in turns, A B C, then C B A, and so on, so that a machine that
 * becomes slower or faster meanwhile favours none. What needs a program that is not installed is left out.
 *
 * @param rounds How often each variant is measured, instead of what the cases say.
 * @param log Receives a line for each thing that is left out.
 */
export function planSuite(
  suite: Suite,
  rounds: number | undefined,
  log: (line: string) => void,
): PlannedCase[] {
  const isInstalled = (name: string, needs?: readonly string[]): boolean => {
    const missing = missingPrograms(needs);
    if (missing.length > 0) log(`${name}: skipped, as this machine lacks ${missing.join(", ")}`);
    return missing.length === 0;
  };
  if (!isInstalled(suite.name, suite.needs)) return [];
  const installed = suite.variants.filter(({ name, needs }) =>
    isInstalled(`${suite.name}: ${name}`, needs)
  );
  return suite.cases.map((one) => {
    const variants = installed.filter(({ name }) => one.variants?.includes(name) ?? true);
    const runs: { variant: Variant; round: number }[] = [];
    for (let round = 0; round < (rounds ?? one.rounds ?? 3); round++) {
      const inTurn = round % 2 === 0 ? variants : variants.toReversed();
      runs.push(...inTurn.map((variant) => ({ variant, round })));
    }
    return { case: one, runs };
  });
}

/**
 * Runs what was planned, each variant in a process of its own, one at a time.
 *
 * @param onRun Called before each run with what is run.
 * @throws {Error} If a variant fails; the message names it.
 */
export async function runSuite(
  suite: Suite,
  plan: readonly PlannedCase[],
  onRun: (name: string, one: Case) => void = () => {},
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { case: one, runs } of plan) {
    if (runs.length === 0) continue;
    await using server = suite.server && await startServer([...suite.server, ...one.args]);
    for (const { variant, round } of runs) {
      const name = `${suite.name}, ${one.name}, ${variant.name}`;
      onRun(`${name}, round ${round + 1}`, one);
      const command = [...variant.command, ...one.args, ...server?.words ?? []];
      const figures = await runVariant(name, command, suite.figures);
      measurements.push({ case: one.name, variant: variant.name, round, figures });
    }
  }
  return measurements;
}
