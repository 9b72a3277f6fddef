/**
 * Keeps the bot token out of everything that can be read.
 *
 * Grafolean takes the token as a query parameter, so it is a part of every URL, and runtimes put
 * the URL into the messages and stacks of their network errors.
 *
 * @module
 */

const HIDDEN = "***";

/** Takes every occurrence of the tokens, plain or percent-encoded, out of a text. */
export function redact(text: string, tokens: Iterable<string>): string {
  for (const token of tokens) {
    if (token === "") continue;
    text = text.replaceAll(token, HIDDEN);
    const encoded = encodeURIComponent(token);
    if (encoded !== token) text = text.replaceAll(encoded, HIDDEN);
  }
  return text;
}

/**
 * Makes a copy of an error with the tokens taken out of its message, its stack and its causes.
 * The name and the system code (such as `ECONNREFUSED`) are kept.
 */
export function redactError(error: unknown, tokens: readonly string[]): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error), tokens));
  const copy = new Error(redact(error.message, tokens));
  hide(copy, "name", error.name);
  hide(copy, "stack", redact(error.stack ?? "", tokens));
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" || typeof code === "number") hide(copy, "code", code);
  if (error.cause !== undefined) hide(copy, "cause", redactError(error.cause, tokens));
  return copy;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}
