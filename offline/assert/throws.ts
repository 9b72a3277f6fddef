import { assertExpected, type ErrorClass, expectation } from "./_error_class.ts";
import { suffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Asserts that `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an `ErrorClass` whose message includes `msgIncludes`; returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any -- as in the real package
  ErrorClass: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const expected = expectation(errorClassOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    assertExpected(error, "thrown", expected);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(expected.msg)}`);
}
