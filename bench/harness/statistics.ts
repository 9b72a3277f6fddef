import type { Measurement } from "./suite.ts";

/** The middle of all rounds, and how far they lie apart. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Summarizes numbers; of an even number of them the median is the mean of the two in the middle. */
export function summarize(numbers: readonly number[]): Summary {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The numbers of one figure of one variant, by round. */
export function numbersOf(
  measurements: readonly Measurement[],
  of: { readonly case: string; readonly variant: string; readonly key: string },
): ReadonlyMap<number, number> {
  return new Map(
    measurements
      .filter((one) => one.case === of.case && one.variant === of.variant && of.key in one.figures)
      .map(({ round, figures }) => [round, figures[of.key]!]),
  );
}

/** The ratios of the pairs of each round, since both of a pair were measured at nearly the same time. */
export function ratiosOf(
  numbers: ReadonlyMap<number, number>,
  reference: ReadonlyMap<number, number>,
): number[] {
  return [...numbers]
    .map(([round, number]) => number / reference.get(round)!)
    .filter(Number.isFinite);
}
