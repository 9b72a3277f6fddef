import { numbersOf, ratioOf, summarize } from "./statistics.ts";
import type { Figure, Measurement, Suite } from "./suite.ts";

/** The table of a suite in Markdown, aligned as `deno fmt` does it: a row for each variant of each case. */
export function renderTable(suite: Suite, measurements: readonly Measurement[]): string {
  const hasCases = suite.cases.length > 1;
  const figures = suite.figures.flatMap((figure) => [
    figure.title,
    ...(figure.ratio ? ["ratio"] : []),
  ]);
  const rows: string[][] = [];
  for (const { name: caseName } of suite.cases) {
    const measured = suite.variants.filter(({ name }) =>
      measurements.some((one) => one.case === caseName && one.variant === name)
    );
    for (const [index, { name }] of measured.entries()) {
      const cells = suite.figures.flatMap((figure) =>
        cellsOf(figure, suite.reference, measurements, caseName, name)
      );
      rows.push([...(hasCases ? [index === 0 ? caseName : ""] : []), name, ...cells]);
    }
  }
  const headings = hasCases ? suite.headings : [suite.headings[1]];
  return align([[...headings, ...figures], ...rows], headings.length);
}

function cellsOf(
  figure: Figure,
  reference: string,
  measurements: readonly Measurement[],
  caseName: string,
  variant: string,
): string[] {
  const { key } = figure;
  const numbers = numbersOf(measurements, { case: caseName, variant, key });
  const cells = [numbers.size === 0 ? "" : formatNumbers([...numbers.values()], figure)];
  if (figure.ratio) {
    const others = numbersOf(measurements, { case: caseName, variant: reference, key });
    const ratio = ratioOf(numbers, others);
    cells.push(ratio === undefined ? "" : formatRatio(ratio));
  }
  return cells;
}

function formatNumbers(numbers: readonly number[], figure: Figure): string {
  const { unit, digits = 0, spread = true } = figure;
  const format = (number: number) =>
    number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const { median, min, max } = summarize(numbers);
  const text = unit === undefined ? format(median) : `${format(median)} ${unit}`;
  return !spread || format(min) === format(max) ? text : `${text} (${format(min)}–${format(max)})`;
}

function formatRatio(ratio: number): string {
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

/** Pads the cells of each column to one width; columns after the first `left` ones are aligned to the right. */
function align(rows: readonly (readonly string[])[], left: number): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const [head, ...body] = rows.map((row) =>
    line(
      row.map((cell, column) =>
        column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      ),
    )
  );
  const rule = line(
    widths.map((width, column) => column < left ? "-".repeat(width) : `${"-".repeat(width - 1)}:`),
  );
  return [head, rule, ...body].join("\n");
}
