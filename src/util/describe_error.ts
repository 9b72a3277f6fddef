import { GrafoleanError } from "./errors.ts";

const MAX_LENGTH = 500;
const MAX_CAUSES = 5;

/**
 * Describes anything that was thrown on one line: name, message, the place in the code it came from, and its causes, as
 * in `TypeError: Cannot read the answer (poll.ts:12:3): SyntaxError: Unexpected end of input`.
 *
 * Takes any value and never throws.
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
    return isError(error) ? describeChain(error) : `${describeOther(error)} (thrown as no Error)`;
  } catch {
    return "an error that cannot be read";
  }
}

function describeChain(error: Error): string {
  if (error instanceof GrafoleanError) return headOf(error);
  const place = placeOf(error);
  let text = headOf(error) + (place === undefined ? "" : ` (${place})`);
  const seen = new Set<unknown>([error]);
  let cause = causeOf(error);
  for (let n = 0; n < MAX_CAUSES && cause !== undefined && !seen.has(cause); n++) {
    seen.add(cause);
    const head = isError(cause) ? headOf(cause) : describeOther(cause);
    // Wrappers often repeat what they wrap.
    if (!text.includes(isError(cause) ? oneLine(cause.message) || head : head)) text += `: ${head}`;
    cause = isError(cause) ? causeOf(cause) : undefined;
  }
  return text;
}

function headOf(error: Error): string {
  // Ours says what happened and what to do; its name, where it was made, and what it was made of help nobody.
  if (error instanceof GrafoleanError) return oneLine(error.message);
  const name = oneLine(error.name) || "Error";
  const message = oneLine(error.message);
  return message === "" ? name : `${name}: ${message}`;
}

function causeOf(error: Error): unknown {
  if (error instanceof GrafoleanError) return undefined;
  if (error.cause !== undefined) return error.cause;
  // An AggregateError of a connection tried at several addresses says nothing itself.
  return error instanceof AggregateError ? error.errors[0] : undefined;
}

/** The first place in the stack that is not inside the runtime. */
function placeOf(error: Error): string | undefined {
  const stack = error.stack;
  if (typeof stack !== "string") return undefined;
  for (const line of stack.split("\n")) {
    if (!/^\s+at /.test(line) || /\b(?:node|ext):/.test(line)) continue;
    const place = /([^\/\\\s(]+:\d+:\d+)\)?$/.exec(line);
    if (place !== null) return place[1];
  }
  return undefined;
}

function describeOther(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(oneLine(value));
  if (typeof value !== "object" || value === null) return oneLine(String(value));
  try {
    return oneLine(JSON.stringify(value) ?? "an object");
  } catch {
    return "an object that cannot be read";
  }
}

// Errors of another realm, such as of a worker or a vm, are no instances of our Error.
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function oneLine(value: unknown): string {
  const text = String(value ?? "").replace(/\s+/g, " ").trim();
  return text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH) + "…" : text;
}
