import { ValidationError } from "./answer.ts";
import type { PyValue } from "./python_json.ts";
import { pythonRepr } from "./python_text.ts";

type SchemaType = "object" | "array" | "string" | "number" | "null";

/** The subset of JSON Schema that the backend uses. */
export interface Schema {
  /** The allowed types. */
  readonly type: readonly SchemaType[];
  /** The schemas of known keys. */
  readonly properties?: Readonly<Record<string, Schema>>;
  /** The schema of other keys. Without it, `properties` allows no others. */
  readonly additional?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  /** Whether the items of an array must differ. */
  readonly unique?: boolean;
  /** The smallest number of items, or of characters. */
  readonly min?: number;
  /** The largest number of characters. */
  readonly max?: number;
  /** A regular expression for a text. */
  readonly pattern?: string;
  /** The allowed texts. */
  readonly oneOf?: readonly string[];
}

/** A text. */
export const TEXT: Schema = { type: ["string"] };
export const TEXT_OR_NULL: Schema = { type: ["string", "null"] };
/** An object with any keys. */
export const OBJECT: Schema = { type: ["object"] };

/** An object with these keys and no others. By default, all are required. */
export function objectOf(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = Object.keys(properties),
): Schema {
  return { ...OBJECT, properties, required };
}

interface Problem {
  readonly depth: number;
  readonly message: string;
}

/**
 * Checks a value as `jsonschema.validate` does: of several problems, it reports the one nearest to the root.
 *
 * @throws {ValidationError} If the value does not match the schema.
 */
export function validate(value: PyValue, schema: Schema): void {
  let worst: Problem | undefined;
  for (const problem of problems(value, schema, 0)) {
    if (worst === undefined || problem.depth < worst.depth) worst = problem;
  }
  if (worst) throw new ValidationError(worst.message);
}

function* problems(value: PyValue, schema: Schema, depth: number): Generator<Problem> {
  if (!schema.type.some((type) => isOfType(value, type))) {
    const types = schema.type.map((type) => `'${type}'`).join(", ");
    yield { depth, message: `${pythonRepr(value)} is not of type ${types}` };
    return;
  }
  if (Array.isArray(value)) {
    if (schema.items) { for (const item of value) yield* problems(item, schema.items, depth + 1); }
    if (schema.unique && new Set(value.map(pythonRepr)).size < value.length) {
      yield { depth, message: `${pythonRepr(value)} has non-unique elements` };
    }
    if (value.length < (schema.min ?? 0)) yield { depth, message: tooShort(value) };
    return;
  }
  if (typeof value === "string") {
    for (const message of textProblems(value, schema)) yield { depth, message };
    return;
  }
  if (!(value instanceof Map)) return;
  const { properties = {}, additional, required = [] } = schema;
  for (const [key, known] of Object.entries(properties)) {
    if (value.has(key)) yield* problems(value.get(key)!, known, depth + 1);
  }
  const extra: string[] = [];
  for (const [key, item] of value) {
    if (Object.hasOwn(properties, key)) continue;
    if (additional) yield* problems(item, additional, depth + 1);
    else if (schema.properties) extra.push(key);
  }
  if (extra.length > 0) {
    const names = extra.map(pythonRepr).join(", ");
    const verb = extra.length === 1 ? "was" : "were";
    yield {
      depth,
      message: `Additional properties are not allowed (${names} ${verb} unexpected)`,
    };
  }
  for (const key of required) {
    if (!value.has(key)) {
      yield { depth, message: `${pythonRepr(key)} is a required property` };
    }
  }
}

function* textProblems(text: string, schema: Schema): Generator<string> {
  const { min = 0, max = Infinity, pattern, oneOf } = schema;
  const length = [...text].length;
  if (length < min) yield tooShort(text);
  if (length > max) yield `${pythonRepr(text)} is too long`;
  if (pattern !== undefined && !new RegExp(pattern, "u").test(text)) {
    yield `${pythonRepr(text)} does not match ${pythonRepr(pattern)}`;
  }
  if (oneOf && !oneOf.includes(text)) {
    yield `${pythonRepr(text)} is not one of ${pythonRepr([...oneOf])}`;
  }
}

function tooShort(value: PyValue): string {
  return `${pythonRepr(value)} is too short`;
}

function isOfType(value: PyValue, type: SchemaType): boolean {
  switch (type) {
    case "object":
      return value instanceof Map;
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "number":
      return typeof value === "number" || typeof value === "bigint";
    case "string":
      return typeof value === "string";
  }
}
