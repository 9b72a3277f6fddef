import { suffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Asserts that a value is an instance of a class. */
export function assertInstanceOf<
  // deno-lint-ignore no-explicit-any -- neither parameters nor type matter here; as in the real package
  T extends abstract new (...args: any[]) => any,
>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const expected = expectedType.name;
  const found = typeName(actual);
  const instead = found === expected
    ? ""
    : found === "function"
    ? " but was not an instanced object"
    : ` but was "${found}"`;
  throw new AssertionError(
    `Expected object to be an instance of "${expected}"${instead}${suffix(msg)}`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? value.constructor?.name ?? "Object" : typeof value;
}
