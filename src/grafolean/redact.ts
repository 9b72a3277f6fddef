// Keeps the bot token out of everything that can be read.
//
// Grafolean takes the token as a query parameter, so it is a part of every URL, and runtimes put
// the URL into the messages and stacks of their network errors.

const HIDDEN = "***";

// Deeper than any chain of causes that a runtime makes; also ends the chains that go in circles.
const MAX_CAUSES = 10;

/**
 * Takes every occurrence of the tokens out of a text: plain, in capitals, and percent-encoded once or twice, wholly or
 * in part, since each runtime and proxy encodes other characters. So is the start of a token where it was cut off with
 * the text around it: at the end, or before an ellipsis or a quote.
 */
export function redact(text: string, tokens: Iterable<string>): string {
  for (const token of tokens) {
    if (token !== "") text = text.replace(patternOf(token), HIDDEN);
  }
  return text;
}

/**
 * Takes the tokens out of the start of a text that may be very long: no part of a token that lies across the cut is
 * left behind.
 */
export function redactStart(text: string, length: number, tokens: readonly string[]): string {
  const longest = Math.max(1, ...tokens.map((token) => token.length * MAX_ENCODED));
  // A token becomes at least three characters shorter than nothing, so what is cut here lies behind what is shown.
  return redact(text.slice(0, (length + 1) * longest), tokens).slice(0, length);
}

/**
 * Makes a copy of an error with the tokens taken out of its message, its stack and its causes.
 * The name and the system code (such as `ECONNREFUSED`) are kept.
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

// One character of a token is at most %25XX for each of three bytes.
const MAX_ENCODED = 15;

// The first part of a UUID; fewer characters could be a part of any word, and tell nothing.
const TELLING = 8;

// Every line of a log goes through here, and a pattern takes far longer to make than to use.
const patterns = new Map<string, RegExp>();

function patternOf(token: string): RegExp {
  const known = patterns.get(token);
  if (known !== undefined) return known;
  const characters = [...token].map((character) => {
    const bytes = [...new TextEncoder().encode(character)]
      .map((byte) => `%(?:25)?${byte.toString(16).padStart(2, "0")}`);
    return `(?:${character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&")}|${bytes.join("")})`;
  });
  const pattern = new RegExp(`${characters.join("")}${orItsStart(characters)}`, "gi");
  patterns.set(token, pattern);
  return pattern;
}

// What is shown of a long text may end in the middle of a token.
function orItsStart(characters: readonly string[]): string {
  if (characters.length <= TELLING) return "";
  const rest = characters.slice(TELLING).reduceRight((after, one) => `(?:${one}${after})?`, "");
  return `|${characters.slice(0, TELLING).join("")}${rest}(?=[…"'\\\\]|$)`;
}

// Whatever is thrown is somebody else's: reading it may throw again.
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
