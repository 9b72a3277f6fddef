import { type Expression, parseExpression } from "./expression.ts";
import { parseOid } from "../client/oid.ts";
import type { WantedOid } from "../client/poll.ts";
import { type OutputPath, parseOutputPath } from "./output_path.ts";

/** A parsed sensor. */
export interface Sensor {
  /** The OIDs to poll; at least one. The first is `$1`, the second `$2`. */
  readonly oids: readonly WantedOid[];
  /** Computes the value. */
  readonly expression: Expression;
  /** The path of the value, below `entity.<id>.snmp`. */
  readonly outputPath: OutputPath;
}

/**
 * Parses the details of a sensor, as Grafolean's SNMP form stores them:
 * `{ "oids": [{ "oid", "fetch_method": "get" | "walk" }], "expression": "$1*8", "output_path": "if.{$1}.{$index}.in" }`.
 *
 * @throws {TypeError | SyntaxError} If they are invalid.
 */
export function parseSensor(details: unknown): Sensor {
  const { oids, expression, output_path } =
    (typeof details === "object" && details !== null ? details : {}) as Record<string, unknown>;
  if (!Array.isArray(oids) || oids.length === 0) {
    throw new TypeError("Cannot use a sensor without OIDs: add at least one");
  }
  const sensor: Sensor = {
    oids: oids.map(parseWantedOid),
    expression: parseExpression(requireText("expression", expression)),
    outputPath: parseOutputPath(requireText("output_path", output_path)),
  };
  checkVariables("expression", sensor.expression.variables, oids.length);
  checkVariables("output path", sensor.outputPath.variables, oids.length);
  return sensor;
}

function checkVariables(where: string, variables: ReadonlySet<number>, count: number): void {
  for (const variable of variables) {
    if (variable >= 1 && variable <= count) continue;
    throw new TypeError(
      `Cannot use $${variable} in the ${where} of a sensor: it has ${count} OIDs, from $1`,
    );
  }
}

function parseWantedOid(item: unknown): WantedOid {
  const { oid, fetch_method } = (typeof item === "object" && item !== null ? item : {}) as Record<
    string,
    unknown
  >;
  if (fetch_method !== "get" && fetch_method !== "walk") {
    throw new TypeError(
      `Cannot poll the OID ${JSON.stringify(oid)} by ${
        JSON.stringify(fetch_method)
      }: expected "get" or "walk" as its fetch_method`,
    );
  }
  return { oid: parseOid(oid), walk: fetch_method === "walk" };
}

function requireText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot use a sensor without ${name}: expected a string`);
}
