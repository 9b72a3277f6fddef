/** How many tests ended in which way. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `ok | 3 passed (1 step) | 0 failed | 1 ignored | 2 filtered out (28ms)`, as `deno test` ends. */
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(.*?\))? \| (\d+) failed(?: \(.*?\))?(?: \| (\d+) ignored(?: \(.*?\))?)?/;

// deno-lint-ignore no-control-regex -- colours are control characters
const COLOUR = /\x1b\[[0-9;]*m/g;

/**
 * What `deno test` counted, from what it printed: its last summary, since tests may print one of their own. Nothing
 * where there is none, because something did not compile or no test was found.
 */
export function countTests(output: string): TestCount | undefined {
  for (const line of output.replace(COLOUR, "").split(/\r?\n/).reverse()) {
    const found = SUMMARY.exec(line);
    if (found === null) continue;
    const [passed, failed, skipped] = found.slice(1).map((digits) => Number(digits ?? 0));
    return { passed: passed!, failed: failed!, skipped: skipped! };
  }
  return undefined;
}

/** The last line of a run. */
export function summaryLine({ passed, failed, skipped }: TestCount): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
