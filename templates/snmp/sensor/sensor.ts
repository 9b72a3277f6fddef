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
  const { oids, expression, output_path } = fieldsOf(details);
  if (!Array.isArray(oids) || oids.length === 0) {
    throw new TypeError("Cannot use a sensor without OIDs: add at least one");
  }
  const sensor: Sensor = {
    oids: oids.map(parseWantedOid),
    expression: parseExpression(requireText("an expression", expression)),
    outputPath: parseOutputPath(requireText("an output path", output_path)),
  };
  for (const variable of [...sensor.expression.variables, ...sensor.outputPath.variables]) {
    if (variable >= 1 && variable <= oids.length) continue;
    throw new TypeError(
      `Cannot use $${variable}: the sensor has no OID of this number (${oids.length} in all, from $1)`,
    );
  }
  return sensor;
}

function parseWantedOid(item: unknown): WantedOid {
  const { oid, fetch_method } = fieldsOf(item);
  if (fetch_method === "get" || fetch_method === "walk") {
    return { oid: parseOid(oid), walk: fetch_method === "walk" };
  }
  const [shown, method] = [JSON.stringify(oid), JSON.stringify(fetch_method)];
  throw new TypeError(
    `Cannot poll the OID ${shown} by ${method}: expected "get" or "walk" as its fetch_method`,
  );
}

function fieldsOf(details: unknown): Record<string, unknown> {
  return typeof details === "object" && details !== null ? { ...details } : {};
}

function requireText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Cannot use a sensor without ${name}: expected a string`);
}
