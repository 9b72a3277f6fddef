import { difference, format, suffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Asserts that two values are the same one (`Object.is`). */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const text = format(actual);
  throw new AssertionError(
    text === format(expected)
      ? `Values have the same structure but are not reference-equal${suffix(msg)}\n\n${text}\n`
      : `Values are not strictly equal${suffix(msg)}\n${difference(actual, expected)}`,
  );
}
