// Besides control characters: line breaks and marks that change the direction of text.
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Escapes every character that could start a new line, control a terminal or disguise text. Log lines may hold what a
 * device answered.
 */
export function escapeControls(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return NAMES[character] ??
      (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : unicodeEscape(character));
  });
}

/** Formats a value as JSON on one line, with the same characters escaped as JSON does it. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNSAFE, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
