import { GrafoleanError } from "./errors.ts";

const MAX_LENGTH = 500;
const MAX_CAUSES = 5;

/**
 * Describes a thrown value on one line: name, message, location in the code and causes, such as
 * `TypeError: Cannot read the answer (poll.ts:12:3): SyntaxError: Unexpected end of input`.
 *
 * A {@linkcode GrafoleanError} is described by its message alone. A message is cut after 500 characters, a chain of
 * causes after 5. Never throws.
 *
 * @param error Any value, not necessarily an `Error`.
 *
 * @example
 * ```ts
 * import { describeError } from "@grafolean/collector";
 * import { assertStringIncludes } from "@std/assert";
 *
 * try {
 *   JSON.parse("{");
 * } catch (error) {
 *   assertStringIncludes(describeError(error), "SyntaxError");
 * }
 * ```
 */
export function describeError(error: unknown): string {
  try {
    return isError(error) ? describeChain(error) : `${describeOther(error)} (not an Error)`;
  } catch {
    return "an error that cannot be read";
  }
}

function describeChain(error: Error): string {
  if (error instanceof GrafoleanError) return headOf(error);
  const location = locationOf(error);
  let text = headOf(error) + (location === undefined ? "" : ` (${location})`);
  const seen = new Set<unknown>([error]);
  let cause = causeOf(error);
  for (let n = 0; n < MAX_CAUSES && cause !== undefined && !seen.has(cause); n++) {
    seen.add(cause);
    const head = isError(cause) ? headOf(cause) : describeOther(cause);
    // A wrapper often repeats the message of what it wraps.
    if (!text.includes(isError(cause) ? condense(cause.message) || head : head)) {
      text += `: ${head}`;
    }
    cause = isError(cause) ? causeOf(cause) : undefined;
  }
  return text;
}

function headOf(error: Error): string {
  // Its message says what happened and what to do; name, location and cause would add nothing.
  if (error instanceof GrafoleanError) return condense(error.message);
  const name = condense(error.name) || "Error";
  const message = condense(error.message);
  return message === "" ? name : `${name}: ${message}`;
}

function causeOf(error: Error): unknown {
  if (error instanceof GrafoleanError) return undefined;
  if (error.cause !== undefined) return error.cause;
  // A connection attempted at several addresses fails with an AggregateError that has no message.
  return error instanceof AggregateError ? error.errors[0] : undefined;
}

/** Returns the first location in the stack outside the runtime. */
function locationOf(error: Error): string | undefined {
  const stack = error.stack;
  if (typeof stack !== "string") return undefined;
  for (const line of stack.split("\n")) {
    if (!/^\s+at /.test(line) || /\b(?:node|ext):/.test(line)) continue;
    const location = /([^\/\\\s(]+:\d+:\d+)\)?$/.exec(line);
    if (location !== null) return location[1];
  }
  return undefined;
}

function describeOther(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(condense(value));
  if (typeof value !== "object" || value === null) return condense(String(value));
  try {
    return condense(JSON.stringify(value) ?? "an object");
  } catch {
    return "an object that cannot be read";
  }
}

/** Replaces Deno's advice in a message by one that a task and an executable can follow. */
export function fitPermissionAdvice(message: string): string {
  return message.replace(
    /, run again with the (--allow-\w+) flag$/,
    ": add it to $1 in the tasks of deno.json (an executable has the permissions of the task that compiled it)",
  );
}

// Errors from another realm, such as a vm, are not instances of this Error.
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** Collapses white space and cuts what is too long. */
function condense(value: unknown): string {
  const text = fitPermissionAdvice(String(value ?? "").replace(/\s+/g, " ").trim());
  return text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH) + "…" : text;
}
