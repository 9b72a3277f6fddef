import { type Expression, parseExpression } from "./expression.ts";
import { parseOid } from "./oid.ts";
import { type OutputPath, parseOutputPath } from "./output_path.ts";

/** One thing to read: `$1` is the first, `$2` the second. */
export interface SensorOid {
  /** Its OID. */
  readonly oid: string;
  /** Whether everything below the OID is read, instead of the OID itself. */
  readonly walk: boolean;
}

/** A sensor, parsed. */
export interface Sensor {
  /** What to read; at least one. */
  readonly oids: readonly SensorOid[];
  /** Makes a number of it. */
  readonly expression: Expression;
  /** Where the number goes, below `entity.<id>.snmp`. */
  readonly outputPath: OutputPath;
}

/**
 * Reads the details of a sensor, as the form for SNMP in Grafolean makes them:
 * `{ "oids": [{ "oid", "fetch_method": "get" | "walk" }], "expression": "$1*8", "output_path": "if.{$1}.{$index}.in" }`.
 *
 * @throws {TypeError | SyntaxError} If they cannot be used.
 */
export function parseSensor(details: unknown): Sensor {
  const { oids, expression, output_path } =
    (typeof details === "object" && details !== null ? details : {}) as Record<string, unknown>;
  if (!Array.isArray(oids) || oids.length === 0) {
    throw new TypeError("Cannot use a sensor without OIDs: add at least one");
  }
  const sensor: Sensor = {
    oids: oids.map(parseSensorOid),
    expression: parseExpression(text("expression", expression)),
    outputPath: parseOutputPath(text("output_path", output_path)),
  };
  for (const [what, { variables }] of Object.entries({ ...sensor, oids: NOTHING })) {
    for (const variable of variables) {
      if (variable >= 1 && variable <= oids.length) continue;
      throw new TypeError(
        `Cannot use $${variable} in the ${
          NAMES.get(what)
        } of a sensor: it has ${oids.length} OIDs, from $1`,
      );
    }
  }
  return sensor;
}

const NOTHING = { variables: new Set<number>() };
const NAMES = new Map([["expression", "expression"], ["outputPath", "output path"]]);

function parseSensorOid(item: unknown): SensorOid {
  const { oid, fetch_method } = (typeof item === "object" && item !== null ? item : {}) as Record<
    string,
    unknown
  >;
  if (fetch_method !== "get" && fetch_method !== "walk") {
    throw new TypeError(
      `Cannot read the OID ${JSON.stringify(oid)} by ${
        JSON.stringify(fetch_method)
      }: expected "get" or "walk" as its fetch_method`,
    );
  }
  return { oid: parseOid(oid), walk: fetch_method === "walk" };
}

function text(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot use a sensor without ${name}: expected a text`);
}
