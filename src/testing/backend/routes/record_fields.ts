import type { Exchange } from "../exchange.ts";
import { type Schema, validate } from "../json_schema.ts";
import { parsePythonJson, type PyDict, PythonError, type PyValue } from "../python_json.ts";

/**
 * Reads the fields of a record from a body.
 *
 * @param schema The schema of an object.
 * @throws {PythonError} If the body is no JSON.
 * @throws {ValidationError} If it does not match the schema.
 */
export async function readFields(exchange: Exchange, schema: Schema): Promise<PyDict> {
  const body = parsePythonJson(await exchange.body());
  validate(body, schema);
  return body as PyDict;
}

/** @throws {PythonError} If the database refuses the text. */
export function text(value: PyValue | undefined): string {
  const result = value as string;
  if (result.includes("\0") || !result.isWellFormed()) throw new PythonError("ValueError");
  return result;
}
