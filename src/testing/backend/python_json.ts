/** A value that Python's `json` parses: an `int` is a `bigint`, to stay exact, and a `float` a `number`. */
export type PyValue = null | boolean | bigint | number | string | PyValue[] | PyDict;

/** A Python `dict` with string keys. */
export type PyDict = Map<string, PyValue>;

/** An exception that Grafolean does not catch: the answer is 500. */
export class PythonError extends Error {
  override readonly name = "PythonError";
}

/** A body that is no JSON. */
export class JsonError extends PythonError {
  /** What Python's `JSONDecodeError` says. */
  readonly reason: string;
  /** Where, as an index into the text. */
  readonly at: number;
  readonly text: string;

  constructor(reason: string, at: number, text: string) {
    super(`JSONDecodeError: ${reason} at ${at}`);
    this.reason = reason;
    this.at = at;
    this.text = text;
  }
}

// Python refuses to convert longer texts to an int.
const MAX_INT_DIGITS = 4300;
// Python's recursion limit is 1,000 frames, and the server needs a few.
const MAX_DEPTH = 950;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
/** A string up to its end, or to what is wrong with it. */
const STRING =
  // deno-lint-ignore no-control-regex -- JSON strings must not contain control characters
  /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*/y;
const CONSTANT = /null|true|false|NaN|-?Infinity/y;

const CONSTANTS: Readonly<Record<string, PyValue>> = {
  null: null,
  true: true,
  false: false,
  NaN: NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
};

/**
 * Parses a request body as Python's `json.loads` does: `NaN` and the infinities are numbers, `1e400` is infinite, the
 * last value of a repeated key counts, and a byte order mark is skipped. Unlike Python, it refuses UTF-16 and UTF-32.
 *
 * @throws {PythonError} If the text is not JSON, not UTF-8, nested too deeply, or has an int of too many digits.
 */
export function parsePythonJson(bytes: Uint8Array): PyValue {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PythonError("UnicodeDecodeError", { cause });
  }
  return new Reader(text).document();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PyValue {
    this.#take(SPACE);
    const value = this.#value(0);
    this.#take(SPACE);
    if (this.#at !== this.#text.length) throw this.#error("Extra data");
    return value;
  }

  #value(depth: number): PyValue {
    if (depth > MAX_DEPTH) throw new PythonError("RecursionError");
    const character = this.#text[this.#at];
    if (character === '"') return this.#string();
    if (character === "{") return this.#object(depth);
    if (character === "[") return this.#array(depth);
    const number = this.#number();
    if (number !== undefined) return number;
    const constant = this.#take(CONSTANT);
    if (constant === undefined) throw this.#error("Expecting value");
    return CONSTANTS[constant[0]]!;
  }

  #object(depth: number): PyDict {
    const dict: PyDict = new Map();
    this.#list("}", () => {
      if (this.#text[this.#at] !== '"') {
        throw this.#error("Expecting property name enclosed in double quotes");
      }
      const key = this.#string();
      this.#take(SPACE);
      if (this.#text[this.#at] !== ":") throw this.#error("Expecting ':' delimiter");
      this.#at++;
      this.#take(SPACE);
      dict.set(key, this.#value(depth + 1));
    });
    return dict;
  }

  #array(depth: number): PyValue[] {
    const list: PyValue[] = [];
    this.#list("]", () => list.push(this.#value(depth + 1)));
    return list;
  }

  /** Reads items with commas between them, from the opening bracket to the closing one. */
  #list(end: string, readItem: () => void): void {
    this.#at++;
    this.#take(SPACE);
    if (this.#text[this.#at] === end) {
      this.#at++;
      return;
    }
    while (true) {
      readItem();
      this.#take(SPACE);
      const character = this.#text[this.#at];
      if (character !== end && character !== ",") throw this.#error("Expecting ',' delimiter");
      this.#at++;
      if (character === end) return;
      this.#take(SPACE);
    }
  }

  #string(): string {
    const start = this.#at;
    const [begun] = this.#take(STRING)!;
    const character = this.#text[this.#at++];
    if (character === '"') return JSON.parse(`${begun}"`);
    const escaped = character === "\\" ? this.#text[this.#at] : character;
    if (escaped === undefined) throw this.#error("Unterminated string starting at", start);
    if (character !== "\\") throw this.#error("Invalid control character at", this.#at - 1);
    if (escaped === "u") throw this.#error("Invalid \\uXXXX escape");
    throw this.#error("Invalid \\escape", this.#at - 1);
  }

  #number(): bigint | number | undefined {
    const match = this.#take(NUMBER);
    if (match === undefined) return undefined;
    const [text, fraction, exponent] = match;
    if (fraction !== undefined || exponent !== undefined) return Number(text);
    if (text.length > MAX_INT_DIGITS + (text.startsWith("-") ? 1 : 0)) {
      throw new PythonError("ValueError: Exceeds the limit for integer string conversion");
    }
    return BigInt(text);
  }

  /** Moves behind what matches a pattern, if anything does. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #error(reason: string, at = this.#at): JsonError {
    return new JsonError(reason, at, this.#text);
  }
}
