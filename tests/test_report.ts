/** How many tests ended in which way. */
interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `./tests/jobs/slots_test.ts => Slots has an origin ... ok (3ms)`; steps have their names after that of the test. */
const RESULT = /^(\S+ => (?:(?! \.\.\. ).)+) \.\.\. (ok|FAILED|cancelled|ignored)(?: \(.*\))?$/;

/** Counts like a failed test. */
const UNCAUGHT = /^Uncaught error from .* FAILED$/;

/** `ok | 3 passed (1 step) | 0 failed | 1 ignored | 2 filtered out (28ms)`, as `deno test` ends. */
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(.*?\))? \| (\d+) failed(?: \(.*?\))?(?: \| (\d+) ignored(?: \(.*?\))?)?/;

// deno-lint-ignore no-control-regex -- colours are control characters
const COLOUR = /\x1b\[[0-9;]*m/g;

/** Reads what `deno test --parallel` prints, as it prints it. */
export class TestReport {
  /** Names of the tests that were skipped, each with its file. They end with the reason. */
  readonly skipped: string[] = [];
  /** Names of the tests that failed, each with its file. */
  readonly failed: string[] = [];
  #passed = 0;
  #summary: TestCount | undefined;
  #rest = "";

  /** Takes the next part of the output. */
  read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#readLine(line.replace(COLOUR, "").trimEnd());
  }

  /** What the summary of `deno test` says, or what was counted if there is none. */
  get count(): TestCount {
    return this.#summary ??
      { passed: this.#passed, failed: this.failed.length, skipped: this.skipped.length };
  }

  /** Whether `deno test` came to its end. It does not if a test ends the process. */
  get isComplete(): boolean {
    return this.#summary !== undefined;
  }

  #readLine(line: string): void {
    const counts = SUMMARY.exec(line)?.slice(1).map((digits) => Number(digits ?? 0));
    if (counts) this.#summary = { passed: counts[0]!, failed: counts[1]!, skipped: counts[2]! };
    const [, test, result] = RESULT.exec(line) ?? [];
    if (result === undefined && !UNCAUGHT.test(line)) return;
    // A summary before the last result was printed by a test.
    this.#summary = undefined;
    if (result === "ok") this.#passed++;
    else if (result === "ignored") this.skipped.push(test!);
    else this.failed.push(test ?? line);
  }
}

/** The last line of a run. */
export function summaryLine({ passed, failed, skipped }: TestCount): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
