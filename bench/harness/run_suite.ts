import { missingPrograms } from "./programs.ts";
import { runVariant } from "./run_variant.ts";
import type { Case, Measurement, Suite, Variant } from "./suite.ts";

/** About how long a run takes at most if it is quick. */
const QUICK_S = 2;

/** Options for {@linkcode runSuite}. */
export interface RunSuiteOptions {
  /** Only the first case, one round. */
  readonly quick: boolean;
  /** @default those of the suite */
  readonly rounds?: number | undefined;
  /** Receives a line for each thing that is done. */
  readonly log: (line: string) => void;
}

/**
 * Measures all variants of all cases in turn: A B C, then C B A, and so on, so that a machine that becomes slower or
 * faster meanwhile favours none.
 *
 * @returns `undefined` if the suite was skipped.
 * @throws {Error} If a variant fails; the message names it.
 */
export async function runSuite(
  suite: Suite,
  options: RunSuiteOptions,
): Promise<Measurement[] | undefined> {
  const { quick, log } = options;
  const missing = await missingPrograms(suite.needs);
  if (missing.length > 0) {
    log(`${suite.name}: skipped, as ${missing.join(", ")} is not installed`);
    return undefined;
  }
  const variants: Variant[] = [];
  for (const variant of suite.variants) {
    const missing = await missingPrograms(variant.needs);
    if (missing.length === 0) variants.push(variant);
    else log(`${suite.name}: ${variant.name} skipped, as ${missing.join(", ")} is not installed`);
  }
  const measurements: Measurement[] = [];
  for (const one of quick ? suite.cases.slice(0, 1) : suite.cases) {
    const rounds = roundsOf(suite, one, options);
    const setUp = await suite.setUp?.({ case: one, quick });
    try {
      const measured = variants.filter(({ name }) => one.variants?.includes(name) ?? true);
      for (let round = 0; round < rounds; round++) {
        for (const variant of round % 2 === 0 ? measured : measured.toReversed()) {
          const command = variant.command({ case: one, args: setUp?.args ?? [], quick });
          const name = `${suite.name}, ${one.name}, ${variant.name}`;
          const startedAt = performance.now();
          const figures = await runVariant(name, command, suite.figures);
          const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
          log(`${name}, round ${round + 1} of ${rounds}, ${seconds} s: ${JSON.stringify(figures)}`);
          measurements.push({ case: one.name, variant: variant.name, round, figures });
        }
      }
    } finally {
      await setUp?.[Symbol.asyncDispose]();
    }
  }
  return measurements;
}

/** About how long {@linkcode runSuite} takes, in seconds. */
export function expectedSeconds(suite: Suite, options: Omit<RunSuiteOptions, "log">): number {
  const cases = options.quick ? suite.cases.slice(0, 1) : suite.cases;
  return cases.reduce((sum, one) => {
    const runs = (one.variants ?? suite.variants).length * roundsOf(suite, one, options);
    return sum + runs * (options.quick ? Math.min(one.seconds, QUICK_S) : one.seconds);
  }, 0);
}

function roundsOf(
  suite: Suite,
  { rounds: most = Infinity }: Case,
  { quick, rounds = quick ? 1 : suite.rounds ?? 3 }: Omit<RunSuiteOptions, "log">,
): number {
  return Math.min(most, rounds);
}
