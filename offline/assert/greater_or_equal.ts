import { format } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Asserts that `actual` is at least `expected`. */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual >= expected) return;
  throw new AssertionError(
    msg ?? `Expect ${format(actual)} >= ${format(expected)}`,
  );
}
