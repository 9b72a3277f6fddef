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
    return;
  }
  if (!(value instanceof Map)) return;
  const { properties = {}, additional, required = [] } = schema;
  const extra: string[] = [];
  for (const [key, item] of value) {
    const known = Object.hasOwn(properties, key) ? properties[key] : additional;
    if (known) yield* problems(item, known, depth + 1);
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
