import { PythonError, type PyValue } from "../python_json.ts";
import { dumpsJson } from "../python_text.ts";

/** @throws {PythonError} If the database refuses the text. */
export function text(value: PyValue | undefined): string {
  const result = value as string;
  if (result.includes("\0") || !result.isWellFormed()) throw new PythonError("ValueError");
  return result;
}

/** @throws {PythonError} If the details contain NaN or an infinity, which the database refuses. */
export function detailsText(value: PyValue | undefined): string {
  assertFinite(value ?? null);
  return dumpsJson(value ?? null);
}

function assertFinite(value: PyValue): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new PythonError("DataError");
  if (Array.isArray(value)) value.forEach(assertFinite);
  if (value instanceof Map) { for (const item of value.values()) assertFinite(item); }
}
