import { stripVTControlCharacters } from "node:util";
import { suffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** The class of an error, abstract ones included. */
// deno-lint-ignore no-explicit-any -- a constructor's parameters do not matter here; the real package has the same type
export type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** The arguments of `assertThrows` and `assertRejects` after the function. */
export interface Expectation<E extends Error> {
  readonly ErrorClass: ErrorClass<E> | undefined;
  readonly msgIncludes: string | undefined;
  readonly msg: string | undefined;
}

/** Tells the arguments `(msg)` from `(ErrorClass, msgIncludes, msg)`. */
export function expectation<E extends Error>(
  errorClassOrMsg: ErrorClass<E> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): Expectation<E> {
  return typeof errorClassOrMsg === "string"
    ? { ErrorClass: undefined, msgIncludes: undefined, msg: errorClassOrMsg }
    : { ErrorClass: errorClassOrMsg, msgIncludes, msg };
}

/**
 * Asserts that an error is as expected; without a class any is.
 *
 * @param how Whether it was "thrown" or "rejected", for the message.
 */
export function assertExpected<E extends Error>(
  error: unknown,
  how: "thrown" | "rejected",
  { ErrorClass, msgIncludes, msg }: Expectation<E>,
): void {
  if (ErrorClass === undefined) return;
  if (!(error instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${how}${suffix(msg)}`);
  }
  if (!(error instanceof ErrorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${ErrorClass.name}", but was "${error.constructor?.name}"${
        suffix(msg)
      }`,
      { cause: error },
    );
  }
  if (!msgIncludes) return;
  const message = stripVTControlCharacters(error.message);
  if (!message.includes(stripVTControlCharacters(msgIncludes))) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(msgIncludes)}, but got ${
        JSON.stringify(error.message)
      }${suffix(msg)}`,
      { cause: error },
    );
  }
}
