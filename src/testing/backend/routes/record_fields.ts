import { PythonError, type PyValue } from "../python_json.ts";
import { dumpsJson } from "../python_text.ts";

/** A text as the database takes it. */
export function text(value: PyValue | undefined): string {
  const result = value as string;
  if (result.includes("\0") || !result.isWellFormed()) throw new PythonError("ValueError");
  return result;
}

/** Details as the database takes them: JSON without NaN and the infinities. */
export function detailsText(value: PyValue | undefined): string {
  check(value ?? null);
  return dumpsJson(value ?? null);
}

function check(value: PyValue): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new PythonError("DataError");
  if (Array.isArray(value)) value.forEach(check);
  if (value instanceof Map) { for (const item of value.values()) check(item); }
}
