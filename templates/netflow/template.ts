import { type Field, fieldOf, FIELDS, fits } from "./information_elements.ts";

/** One field as a template announces it. */
export interface FieldSpecifier {
  /** Number of the information element. */
  readonly element: number;
  /** Who numbered it; 0 for IANA, -1 for the scopes of NetFlow v9, which have numbers of their own. */
  readonly enterprise: number;
  /** Bytes, or {@linkcode VARIABLE}. */
  readonly length: number;
}

/** The length of an IPFIX field that says its length in each record. */
export const VARIABLE = 0xffff;

/** One step on the way through a record. */
export interface Step {
  /** Bytes to pass over first. */
  readonly skip: number;
  /** Index of the field to read in {@linkcode FIELDS}; -1 for one of variable length, which is passed over. */
  readonly field: number;
  /** Bytes to read. */
  readonly length: number;
}

/**
 * How to read the records of one data set: a template, with everything that does not matter melted into distances, so
 * that its size depends on what is read and not on what an exporter likes to send.
 */
export interface Template {
  /** Whether its records describe the exporter, and not flows. */
  readonly options: boolean;
  /** What to do for each record. */
  readonly steps: readonly Step[];
  /** Bytes after the last step. */
  readonly tail: number;
  /** Bytes that a record has at least; exactly so many where no field is of variable length. */
  readonly minLength: number;
}

// Ten times what the largest known exporters send. A packet could announce 16,000 fields.
const MAX_FIELDS = 1000;

/**
 * Makes a template of the fields that were announced.
 *
 * @returns The template, or what is wrong with it.
 */
export function compileTemplate(
  fields: readonly FieldSpecifier[],
  options: boolean,
): Template | string {
  if (fields.length > MAX_FIELDS) return `a template of ${fields.length} fields`;
  const steps: Step[] = [];
  const seen = new Set<Field>();
  let skip = 0;
  let minLength = 0;
  for (const { element, enterprise, length } of fields) {
    if (length === VARIABLE) {
      steps.push({ skip, field: -1, length: 0 });
      skip = 0;
      minLength += 1;
      continue;
    }
    minLength += length;
    const field = fieldOf(element, enterprise);
    if (field === undefined || seen.has(field) || !fits(field, length)) {
      skip += length;
    } else {
      seen.add(field);
      steps.push({ skip, field: FIELDS.indexOf(field), length });
      skip = 0;
    }
  }
  // Records without length would never end.
  if (minLength === 0) return "a template whose records have no length";
  return { options, steps, tail: skip, minLength };
}

/** Whether something that was read from a file is a template. */
export function isTemplate(value: Template): boolean {
  const isLength = (length: unknown) => Number.isInteger(length) && (length as number) >= 0;
  return typeof value.options === "boolean" && isLength(value.tail) && isLength(value.minLength) &&
    value.minLength > 0 && value.steps.length <= MAX_FIELDS &&
    value.steps.every(({ skip, field, length }) =>
      isLength(skip) && isLength(length) && Number.isInteger(field) && field < FIELDS.length
    );
}
