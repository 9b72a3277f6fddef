import { DecodeError } from "./decode_error.ts";
import { V9_SCOPE } from "./information_elements.ts";
import type { FieldSpecifier } from "./template.ts";

/** A template record: announces a template, or withdraws one or all. */
export interface TemplateRecord {
  /** Id of the template; 0 if the rest of the set is padding. */
  readonly id: number;
  /** The fields; empty for a withdrawal. */
  readonly fields: readonly FieldSpecifier[];
  /** Offset of the next record. */
  readonly next: number;
}

// If this bit of an element id is set, an enterprise number follows.
const ENTERPRISE_BIT = 0x8000;

/** Reads the template record at `offset`, or the options template record, of NetFlow v9 or IPFIX. */
export function readTemplateRecord(
  view: DataView,
  offset: number,
  end: number,
  version: number,
  isOptions: boolean,
): TemplateRecord {
  const id = view.getUint16(offset);
  let count = view.getUint16(offset + 2);
  let at = offset + 4;
  let scopes = 0;
  // IPFIX withdraws templates by records that end here.
  const hasScopes = isOptions && (version === 9 || count > 0);
  // What is too short for a record is padding, too.
  if (id === 0 || hasScopes && end - at < 2) return { id: 0, fields: [], next: end };
  if (hasScopes) {
    // v9 has the lengths of both kinds of fields here, IPFIX the number of all and that of scope fields, which are like others.
    if (version === 9) {
      scopes = count / 4;
      count = scopes + view.getUint16(at) / 4;
      if (!Number.isInteger(scopes) || !Number.isInteger(count)) {
        throw new DecodeError("an options template with invalid lengths");
      }
    }
    at += 2;
  }
  if (version === 9 && count === 0) throw new DecodeError("a template without fields");
  const fields: FieldSpecifier[] = [];
  while (fields.length < count) {
    const hasEnterprise = version === 10 && end - at >= 4 &&
      (view.getUint16(at) & ENTERPRISE_BIT) !== 0;
    const length = hasEnterprise ? 8 : 4;
    if (end - at < length) {
      throw new DecodeError(`a template of ${count} fields in ${end - offset} bytes`);
    }
    fields.push({
      element: hasEnterprise ? view.getUint16(at) & ~ENTERPRISE_BIT : view.getUint16(at),
      enterprise: hasEnterprise ? view.getUint32(at + 4) : fields.length < scopes ? V9_SCOPE : 0,
      length: view.getUint16(at + 2),
    });
    at += length;
  }
  return { id, fields, next: at };
}
