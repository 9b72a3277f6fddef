import { suffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Default tolerance, as a share of the expected value. */
const DEFAULT_TOLERANCE = 1e-7;

/** Asserts that two numbers differ by at most `tolerance`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = DEFAULT_TOLERANCE *
    (isFinite(expected) ? Math.abs(expected) : 1),
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  if (delta <= tolerance) return;
  throw new AssertionError(
    `Expected actual: ${show(actual)} to be close to ${show(expected)}: delta ${
      show(delta)
    } is greater than ${show(tolerance)}${suffix(msg)}`,
  );
}

function show(value: number): string {
  return `"${Number.isInteger(value) ? value : value.toExponential()}"`;
}
