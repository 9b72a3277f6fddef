import { renderTable } from "./table.ts";
import type { Measurement, Suite } from "./suite.ts";

/** Everything that one run of the bench has measured in a suite. */
export interface SuiteResults {
  readonly suite: string;
  /** See {@linkcode conditions}. */
  readonly conditions: string;
  readonly measurements: readonly Measurement[];
}

/** The section of a suite in the README. */
export function renderResults(suite: Suite, { conditions, measurements }: SuiteResults): string {
  const rounds = 1 + Math.max(...measurements.map(({ round }) => round));
  const fewer = suite.cases.some((one) => one.rounds !== undefined) ? " or fewer" : "";
  const how = rounds === 1
    ? "One round"
    : `Medians of ${rounds} rounds${fewer}, with the smallest and the largest in brackets`;
  const ratios = suite.figures.some(({ ratio }) => ratio)
    ? `; ratios to the row "${suite.reference}"`
    : "";
  return [
    `## ${suite.title}`,
    suite.about,
    renderTable(suite, measurements),
    `${how}${ratios}. ${conditions}`,
  ].join("\n\n");
}

/**
 * Puts the results of a suite between its markers in the README.
 *
 * @throws {Error} If the markers are missing.
 */
export function replaceResults(readme: string, suite: string, text: string): string {
  const [begin, end] = [`<!-- bench ${suite} -->`, `<!-- end ${suite} -->`];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`The README of the bench lacks "${begin}" or "${end}"`);
  }
  return `${readme.slice(0, from + begin.length)}\n\n${text}\n\n${readme.slice(to)}`;
}
