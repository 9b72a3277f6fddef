import { assert } from "@std/assert";
import { inspect } from "node:util";
import { describeError } from "../../src/util/describe_error.ts";

/** Everything of an error that people may get to see. */
export function everythingShownOf(error: unknown): string {
  const texts = [
    String(error),
    JSON.stringify(error),
    Deno.inspect(error, { depth: 100, showHidden: true }),
    inspect(error, { depth: null, showHidden: true }),
    describeError(error),
  ];
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    texts.push(inner.message, inner.stack ?? "", JSON.stringify(Object.entries(inner)));
  }
  return texts.join("\n");
}

/** Asserts that no part of a token is shown by an error. */
export function assertHides(error: unknown, token: string): void {
  const shown = everythingShownOf(error);
  const parts = [token, encodeURIComponent(token), token.slice(0, 12), token.slice(-12)];
  for (const part of parts) {
    assert(!shown.toLowerCase().includes(part.toLowerCase()), `${part} is in ${shown}`);
  }
}
