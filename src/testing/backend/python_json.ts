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
const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const HEX = /^[0-9a-fA-F]{4}$/;
// deno-lint-ignore no-control-regex -- JSON strings must not contain control characters
const PLAIN = /[^"\\\u0000-\u001f]*/y;

const CONSTANTS: readonly (readonly [string, PyValue])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
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
    this.#skipSpace();
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at !== this.#text.length) throw this.#error("Extra data");
    return value;
  }

  #value(depth: number): PyValue {
    if (depth > MAX_DEPTH) throw new PythonError("RecursionError");
    const character = this.#text[this.#at];
    if (character === '"') return this.#string();
    if (character === "{") return this.#object(depth);
    if (character === "[") return this.#array(depth);
    return this.#number() ?? this.#constant();
  }

  #object(depth: number): PyDict {
    const dict: PyDict = new Map();
    if (this.#opens("}")) return dict;
    while (true) {
      if (this.#text[this.#at] !== '"') {
        throw this.#error("Expecting property name enclosed in double quotes");
      }
      const key = this.#string();
      this.#skipSpace();
      if (this.#text[this.#at] !== ":") throw this.#error("Expecting ':' delimiter");
      this.#at++;
      this.#skipSpace();
      dict.set(key, this.#value(depth + 1));
      if (this.#closes("}")) return dict;
    }
  }

  #array(depth: number): PyValue[] {
    const list: PyValue[] = [];
    if (this.#opens("]")) return list;
    while (true) {
      list.push(this.#value(depth + 1));
      if (this.#closes("]")) return list;
    }
  }

  /** Skips an opening bracket, and the closing one if it follows; returns whether it does. */
  #opens(end: string): boolean {
    this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] !== end) return false;
    this.#at++;
    return true;
  }

  /** Skips the comma or closing bracket after an element; returns whether it is the bracket. */
  #closes(end: string): boolean {
    this.#skipSpace();
    const character = this.#text[this.#at];
    if (character !== end && character !== ",") throw this.#error("Expecting ',' delimiter");
    this.#at++;
    if (character === end) return true;
    this.#skipSpace();
    return false;
  }

  #string(): string {
    const start = this.#at++;
    let value = "";
    while (true) {
      PLAIN.lastIndex = this.#at;
      const plain = PLAIN.exec(this.#text)![0];
      value += plain;
      this.#at += plain.length;
      const character = this.#text[this.#at++];
      if (character === '"') return value;
      if (character === undefined) throw this.#error("Unterminated string starting at", start);
      if (character !== "\\") throw this.#error("Invalid control character at", this.#at - 1);
      value += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? "";
    if (letter !== "u") {
      const escaped = ESCAPES[letter];
      if (escaped === undefined) throw this.#error("Invalid \\escape", this.#at - 2);
      return escaped;
    }
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!HEX.test(digits)) throw this.#error("Invalid \\uXXXX escape");
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): bigint | number | undefined {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    if (match[2] !== undefined || match[3] !== undefined) return Number(match[0]);
    if (match[0].length > MAX_INT_DIGITS + (match[0].startsWith("-") ? 1 : 0)) {
      throw new PythonError("ValueError: Exceeds the limit for integer string conversion");
    }
    return BigInt(match[0]);
  }

  #constant(): PyValue {
    for (const [name, value] of CONSTANTS) {
      if (this.#text.startsWith(name, this.#at)) {
        this.#at += name.length;
        return value;
      }
    }
    throw this.#error("Expecting value");
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)![0].length;
  }

  #error(reason: string, at = this.#at): JsonError {
    return new JsonError(reason, at, this.#text);
  }
}
