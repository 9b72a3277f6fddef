import { PythonError, type PyValue } from "./python_json.ts";

// Python's white space beyond ASCII.
const WIDE_SPACE = "\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
// Unlike trim(), str.strip() keeps the byte order mark and removes the four ASCII separators, which float() keeps.
const STRIP = edges(`\\t-\\r\\x1c-\\x20${WIDE_SPACE}`);
const FLOAT_STRIP = edges(`\\t-\\r ${WIDE_SPACE}`);
// Digits may be of any script.
const DIGITS = "\\p{Nd}+(?:_\\p{Nd}+)*";
const NUMBER = `(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:e[+-]?${DIGITS})?`;
const FLOAT = new RegExp(`^[+-]?(?:${NUMBER}|nan|inf(?:inity)?)$`, "iu");

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

/** Whether Python's `float(text)` takes a text. */
export function isPythonFloat(text: string): boolean {
  return FLOAT.test(text.replace(FLOAT_STRIP, ""));
}

/** Python's `int(value)`, as a number; `undefined` where it raises. Digits of other scripts are not read. */
export function pythonInt(value: PyValue): number | undefined {
  if (typeof value === "string") {
    const digits = value.replace(FLOAT_STRIP, "");
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

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replaceAll(/[\\'"\p{C}\p{Z}]/gu, (character) => {
    if (character === "\\" || character === quote) return `\\${character}`;
    const code = character.codePointAt(0)!;
    const [letter, length] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    const digits = code.toString(16).padStart(length as number, "0");
    return NAMED_ESCAPES[character] ?? `\\${letter}${digits}`;
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
