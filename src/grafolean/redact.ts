// Keeps the bot token out of everything that people can read.
//
// Grafolean takes the token as a query parameter, so it is part of every URL, and runtimes put the URL into the messages
// and stacks of their network errors.

const HIDDEN = "***";

// Longer than any chain of causes of a runtime; also ends circular chains.
const MAX_CAUSES = 10;

/**
 * Replaces every occurrence of the tokens in a text with `***`: plain, in any case, and percent-encoded once or twice,
 * wholly or in part, because every runtime and proxy encodes different characters. Also replaces the start of a token
 * where the text was truncated: at its end, or before an ellipsis or a quote.
 */
export function redact(text: string, tokens: Iterable<string>): string {
  for (const token of tokens) {
    if (token !== "") text = text.replace(patternOf(token, text.includes("%")), HIDDEN);
  }
  return text;
}

/**
 * Redacts the start of a text that may be very long, without leaving a part of a token at the cut.
 *
 * @param length The number of characters to return.
 */
export function redactStart(text: string, length: number, tokens: readonly string[]): string {
  const longest = Math.max(1, ...tokens.map((token) => token.length * MAX_ENCODED));
  // Each redacted token takes up three characters, so this much input always fills the result.
  return redact(text.slice(0, (length + 1) * longest), tokens).slice(0, length);
}

/**
 * Copies an error with the tokens redacted from its message, stack and causes. Keeps the name and the system code, such
 * as `ECONNREFUSED`.
 */
export function redactError(error: unknown, tokens: readonly string[]): Error {
  return copyOf(error, tokens, MAX_CAUSES);
}

function copyOf(error: unknown, tokens: readonly string[], causesLeft: number): Error {
  if (!(error instanceof Error)) return new Error(redact(textOf(error), tokens));
  const copy = new Error(redact(error.message, tokens));
  hide(copy, "name", redact(String(error.name), tokens));
  hide(copy, "stack", redact(String(error.stack ?? ""), tokens));
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") hide(copy, "code", redact(code, tokens));
  if (typeof code === "number") hide(copy, "code", code);
  if (error.cause !== undefined && causesLeft > 0) {
    hide(copy, "cause", copyOf(error.cause, tokens, causesLeft - 1));
  }
  return copy;
}

// A character is encoded as %25XX for each of up to three bytes.
const MAX_ENCODED = 15;

// The first part of a UUID. Fewer characters could be part of any word, and reveal nothing.
const MIN_START_LENGTH = 8;

// Every log line is redacted, and compiling a pattern takes far longer than using it. Most bots never need that of an
// encoded token, which takes 5 ms.
const plainPatterns = new Map<string, RegExp>();
const encodedPatterns = new Map<string, RegExp>();

function patternOf(token: string, mayBeEncoded: boolean): RegExp {
  const patterns = mayBeEncoded ? encodedPatterns : plainPatterns;
  const known = patterns.get(token);
  if (known !== undefined) return known;
  const characters = [...token].map((character) => {
    const plain = character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
    if (!mayBeEncoded) return plain;
    const bytes = [...new TextEncoder().encode(character)]
      .map((byte) => `%(?:25)?${byte.toString(16).padStart(2, "0")}`);
    return `(?:${plain}|${bytes.join("")})`;
  });
  const pattern = new RegExp(`${characters.join("")}${orItsStart(characters)}`, "gi");
  patterns.set(token, pattern);
  return pattern;
}

// A truncated text may end in the middle of a token.
function orItsStart(characters: readonly string[]): string {
  if (characters.length <= MIN_START_LENGTH) return "";
  const rest = characters.slice(MIN_START_LENGTH).reduceRight(
    (after, one) => `(?:${one}${after})?`,
    "",
  );
  return `|${characters.slice(0, MIN_START_LENGTH).join("")}${rest}(?=[…"'\\\\]|$)`;
}

// Reading a foreign value may throw again.
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "an error that cannot be read";
  }
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}
