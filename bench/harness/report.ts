import { numbersOf, ratiosOf, summarize } from "./statistics.ts";
import type { Measurement, Suite } from "./suite.ts";

/** Everything that was measured in a suite. */
export interface SuiteResults {
  readonly suite: string;
  /** Where and when, as a sentence. */
  readonly conditions: string;
  readonly measurements: readonly Measurement[];
}

/** The section of a suite in the README, in Markdown that is not formatted. */
export function renderResults(suite: Suite, { conditions, measurements }: SuiteResults): string {
  const rounds = new Set(
    suite.cases.map(({ name }) => measurements.filter((one) => one.case === name))
      .filter((runs) => runs.length > 0)
      .map((runs) => 1 + Math.max(...runs.map(({ round }) => round))),
  );
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)];
  const count = least === most ? `${most}` : `${least} to ${most}`;
  const how = most === 1
    ? "One round"
    : `Medians of ${count} rounds, with the smallest and the largest in brackets`;
  const hasRatio = suite.figures.some(({ ratio }) => ratio);
  const ratios = hasRatio ? `; ratios to "${suite.reference}"` : "";
  const table = renderTable(suite, measurements);
  return [`## ${suite.title}`, suite.about, table, `${how}${ratios}. ${conditions}`].join("\n\n");
}

/** A row for each variant of each case. */
function renderTable(suite: Suite, measurements: readonly Measurement[]): string {
  const columns = suite.figures.flatMap(({ title, ratio }) => ratio ? [title, "ratio"] : [title]);
  const rows = suite.cases.flatMap(({ name: caseName }) =>
    suite.variants
      .filter(({ name }) =>
        measurements.some((one) => one.case === caseName && one.variant === name)
      )
      .map(({ name }, index) => {
        const cells = suite.figures.flatMap(({ key, unit, ratio }) => {
          const numbers = numbersOf(measurements, { case: caseName, variant: name, key });
          const cell = formatNumbers([...numbers.values()], unit);
          if (!ratio) return [cell];
          const others = numbersOf(measurements, {
            case: caseName,
            variant: suite.reference,
            key,
          });
          return [cell, formatNumbers(ratiosOf(numbers, others))];
        });
        return [index === 0 ? caseName : "", name, ...cells];
      })
  );
  const rule = ["---", "---", ...columns.map(() => "--:")];
  return [[...suite.headings, ...columns], rule, ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The median and the range, with two significant digits of the median, or one decimal place if it is below 100. */
function formatNumbers(numbers: readonly number[], unit?: string): string {
  if (numbers.length === 0) return "";
  const { median, min, max } = summarize(numbers);
  const isWhole = median >= 100 || [median, min, max].every(Number.isInteger);
  const digits = isWhole ? 0 : Math.max(1, 1 - Math.floor(Math.log10(median || 1)));
  const format = (number: number) =>
    number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const text = unit === undefined ? format(median) : `${format(median)} ${unit}`;
  return format(min) === format(max) ? text : `${text} (${format(min)}–${format(max)})`;
}
