import { suffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Asserts that a text contains another. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`,
  );
}
