import { DecodeError } from "./decode_error.ts";
import { type ElementName, elementName, ELEMENTS, isValidLength } from "./information_elements.ts";

/** One field of a template record. */
export interface FieldSpecifier {
  /** Id of the information element. */
  readonly element: number;
  /** Enterprise number; 0 for IANA's elements, -1 for the scope fields of NetFlow v9, which have ids of their own. */
  readonly enterprise: number;
  /** Length in bytes, or 65535 for an IPFIX field of variable length. */
  readonly length: number;
}

// Records carry the length of these fields themselves (RFC 7011, section 7).
const VARIABLE_LENGTH = 0xffff;

/** One step in reading a record. */
interface Step {
  /** Bytes to skip first. */
  readonly skip: number;
  /** Index in {@linkcode ELEMENTS} of the element to read; -1 for a field of variable length, which is skipped. */
  readonly field: number;
  /** Bytes to read. */
  readonly length: number;
}

/**
 * How to read the records of a data set. Elements that the bot does not read are merged into `skip`, so the size of a
 * template depends on what the bot reads, not on what an exporter sends.
 */
export interface Template {
  /** Whether its records are options records, which describe the exporter instead of flows. */
  readonly options: boolean;
  /** The steps for each record. */
  readonly steps: readonly Step[];
  /** Bytes after the last step. */
  readonly tail: number;
  /** Minimum length of a record in bytes; its exact length if no field is of variable length. */
  readonly minLength: number;
}

// Ten times what the largest known exporters send. A packet could hold 16,000 fields.
const MAX_FIELDS = 1000;

/**
 * Compiles the fields of a template record.
 *
 * @throws {DecodeError} If its records cannot be read.
 */
export function compileTemplate(
  fields: readonly FieldSpecifier[],
  options: boolean,
): Template {
  if (fields.length > MAX_FIELDS) throw new DecodeError(`a template of ${fields.length} fields`);
  const steps: Step[] = [];
  const seen = new Set<ElementName>();
  let skip = 0;
  let minLength = 0;
  for (const { element, enterprise, length } of fields) {
    if (length === VARIABLE_LENGTH) {
      steps.push({ skip, field: -1, length: 0 });
      skip = 0;
      minLength += 1;
      continue;
    }
    minLength += length;
    const name = elementName(element, enterprise);
    if (name === undefined || seen.has(name) || !isValidLength(name, length)) {
      skip += length;
    } else {
      seen.add(name);
      steps.push({ skip, field: ELEMENTS.indexOf(name), length });
      skip = 0;
    }
  }
  // Reading empty records would never end.
  if (minLength === 0) throw new DecodeError("a template whose records are empty");
  return { options, steps, tail: skip, minLength };
}

/** Whether a template from a snapshot is valid. */
export function isTemplate(value: Template): boolean {
  const isLength = (length: unknown) => Number.isInteger(length) && (length as number) >= 0;
  return typeof value.options === "boolean" && isLength(value.tail) && isLength(value.minLength) &&
    value.minLength > 0 && value.steps.length <= MAX_FIELDS &&
    value.steps.every(({ skip, field, length }) =>
      isLength(skip) && isLength(length) && Number.isInteger(field) && field < ELEMENTS.length
    );
}
