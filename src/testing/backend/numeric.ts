import { PythonError } from "./python_json.ts";

const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;
const SPECIAL = /^(?:(nan)|([+-]?)inf(?:inity)?)$/i;
// The white space that PostgreSQL ignores around a number.
const SPACE = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g;

// The documented limits of NUMERIC.
const MAX_WHOLE_DIGITS = 131_072;
const MAX_FRACTION_DIGITS = 16_383;

/**
 * Formats a text as PostgreSQL formats a NUMERIC: without an exponent, and with all given digits. `"12.50"` stays
 * `"12.50"`, and `"1e3"` becomes `"1000"`.
 *
 * @throws {PythonError} If PostgreSQL refuses it, as it does digits that are not ASCII, underscores, or too many digits.
 */
export function numericText(text: string): string {
  const trimmed = text.replace(SPACE, "");
  const special = SPECIAL.exec(trimmed);
  if (special) return special[1] ? "NaN" : special[2] === "-" ? "-Infinity" : "Infinity";
  const match = DECIMAL.exec(trimmed);
  if (match === null) throw invalid();
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") throw invalid();
  const exponent = Number(exponentText);
  if (exponent > MAX_WHOLE_DIGITS || exponent < -MAX_FRACTION_DIGITS) throw invalid();
  const scale = Math.max(0, fraction.length - exponent);
  if (scale > MAX_FRACTION_DIGITS) throw invalid();
  const padded = shift(whole, fraction, exponent);
  const wholeDigits = padded.whole.replace(/^0+(?=[0-9])/, "");
  if (wholeDigits.length > MAX_WHOLE_DIGITS) throw invalid();
  const result = scale === 0 ? wholeDigits : `${wholeDigits}.${padded.fraction}`;
  return sign === "-" && /[1-9]/.test(result) ? `-${result}` : result;
}

/** Moves the decimal point right by `exponent` digits. */
function shift(
  whole: string,
  fraction: string,
  exponent: number,
): { whole: string; fraction: string } {
  if (exponent >= 0) {
    const digits = fraction.padEnd(exponent, "0");
    return { whole: (whole + digits.slice(0, exponent)) || "0", fraction: digits.slice(exponent) };
  }
  const digits = whole.padStart(-exponent + 1, "0");
  return { whole: digits.slice(0, exponent), fraction: digits.slice(exponent) + fraction };
}

function invalid(): PythonError {
  return new PythonError("DataError: invalid input syntax for type numeric");
}

/** Rounds as PostgreSQL does for an INTEGER column: halves away from zero. */
export function roundToInteger(value: bigint | number): number {
  const number = Number(value);
  const rounded = Math.sign(number) * Math.round(Math.abs(number));
  if (!(Math.abs(rounded) <= 2_147_483_647)) {
    throw new PythonError("DataError: integer out of range");
  }
  return rounded === 0 ? 0 : rounded;
}
