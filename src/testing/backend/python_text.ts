import { PythonError, type PyValue } from "./python_json.ts";

// Python's white space beyond ASCII.
const WIDE_SPACE = "\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
// Unlike trim(), str.strip() keeps the byte order mark and removes the four ASCII separators, which float() keeps.
const STRIP = edges(`\\t-\\r\\x1c-\\x20${WIDE_SPACE}`);
const FLOAT_STRIP = edges(`\\t-\\r ${WIDE_SPACE}`);
const FLOAT =
  /^[+-]?(?:(?:[0-9]+(?:_[0-9]+)*)(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?$/i;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

/** Python's `str.strip()`. */
export function pythonStrip(text: string): string {
  return text.replace(STRIP, "");
}

/** Python's `bool(value)`. */
export function isTruthy(value: PyValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  // bool(nan) is true.
  return typeof value === "number" ? value !== 0 : Boolean(value);
}

/** Python's `float(text)`; `undefined` where it raises. */
export function pythonFloat(text: string): number | undefined {
  const stripped = asciiDigits(text.replace(FLOAT_STRIP, ""));
  const special = SPECIAL.exec(stripped);
  if (special) return special[2] ? NaN : special[1] === "-" ? -Infinity : Infinity;
  return FLOAT.test(stripped) ? Number(stripped.replaceAll("_", "")) : undefined;
}

/** Python's `int(value)`, as a number; `undefined` where it raises. */
export function pythonInt(value: PyValue): number | undefined {
  if (typeof value === "string") {
    const digits = asciiDigits(value.replace(FLOAT_STRIP, ""));
    return /^[+-]?[0-9]+(?:_[0-9]+)*$/.test(digits)
      ? Number(digits.replaceAll("_", ""))
      : undefined;
  }
  if (value === null || typeof value === "object") return undefined;
  const number = Math.trunc(Number(value));
  return Number.isFinite(number) || typeof value === "bigint" ? number : undefined;
}

function edges(characters: string): RegExp {
  return new RegExp(`^[${characters}]+|[${characters}]+$`, "g");
}

/** Replaces Unicode decimal digits by ASCII digits, as `float()` and `int()` do. */
function asciiDigits(text: string): string {
  return text.replaceAll(/(?![0-9])\p{Nd}/gu, (digit) => {
    // The digits of every script are ten consecutive characters, so the first one is zero.
    let zero = digit.codePointAt(0)!;
    let value = 0;
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) {
      zero--;
      value++;
    }
    return String(value);
  });
}

/** Python's `repr(value)` of a float. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  // Both languages write the shortest digits that identify the double, but use exponents for different ranges.
  const [mantissa = "0", exponentText = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/** Python's `str(value)`. */
export function pythonStr(value: PyValue): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

/** Python's `repr(value)`. */
export function pythonRepr(value: PyValue): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return floatRepr(value);
  if (typeof value === "string") return stringRepr(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  return `{${
    [...value].map(([key, item]) => `${stringRepr(key)}: ${pythonRepr(item)}`).join(", ")
  }}`;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  " ": " ",
  "'": "'",
  '"': '"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escapeOf(code: number): string {
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replaceAll(/[\\'"\p{C}\p{Z}]/gu, (character) => {
    if (character === "\\" || character === quote) return `\\${character}`;
    return NAMED_ESCAPES[character] ?? escapeOf(character.codePointAt(0)!);
  });
  return quote + body + quote;
}

/** Orders texts by their code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Formats a value as Grafolean formats JSON: compact, with floats as Python writes them.
 *
 * @throws {PythonError} If there is NaN or an infinity in it.
 */
export function dumpsJson(value: PyValue): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new PythonError("ValueError: Out of range float values");
    return floatRepr(value);
  }
  if (Array.isArray(value)) return `[${value.map(dumpsJson).join(",")}]`;
  if (value instanceof Map) {
    return `{${
      [...value].map(([key, item]) => `${JSON.stringify(key)}:${dumpsJson(item)}`).join(",")
    }}`;
  }
  return JSON.stringify(value);
}
