import { DecodeError } from "./decode_error.ts";
import { type DecodeContext, type Dialect, readSets, type TemplateRecord } from "./flow_sets.ts";
import type { FieldSpecifier } from "./template.ts";

const HEADER = 16;

/** Decodes an IPFIX message (RFC 7011), whose version field is 10. */
export function decodeIpfix(view: DataView, context: DecodeContext): void {
  if (view.byteLength < HEADER) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected ${HEADER}`);
  }
  const { decoder } = context;
  const length = view.getUint16(2);
  if (length < HEADER) throw new DecodeError(`a message of ${length} bytes`);
  if (length > view.byteLength) {
    decoder.reportFault(`a message of ${length} bytes, of which ${view.byteLength} arrived`);
  }
  const sequence = view.getUint32(8);
  const domain = decoder.domain(10, view.getUint32(12), sequence);
  const end = Math.min(length, view.byteLength);
  const records = readSets(view, HEADER, end, IPFIX, domain, context);
  decoder.counts.lost += domain.sequence.check(sequence, records);
}

const IPFIX: Dialect = {
  templateSet: 2,
  optionsSet: 3,
  readTemplate(view, offset, end) {
    return fieldsAt(view, offset + 4, end, view.getUint16(offset), view.getUint16(offset + 2));
  },
  readOptionsTemplate(view, offset, end) {
    const id = view.getUint16(offset);
    const count = view.getUint16(offset + 2);
    // Withdrawals have no scope count. Scope fields are read like others.
    if (id === 0 || count === 0) return fieldsAt(view, offset + 4, end, id, count);
    return fieldsAt(view, offset + 6, end, id, count);
  },
};

// If this bit of an element id is set, an enterprise number follows.
const ENTERPRISE_BIT = 0x8000;

function fieldsAt(
  view: DataView,
  offset: number,
  end: number,
  id: number,
  count: number,
): TemplateRecord {
  if (id === 0) return { id, fields: [], next: end };
  const fields: FieldSpecifier[] = [];
  let at = offset;
  for (let n = 0; n < count; n++) {
    const enterprise = end - at >= 4 && (view.getUint16(at) & ENTERPRISE_BIT) !== 0;
    if (end - at < (enterprise ? 8 : 4)) {
      throw new DecodeError(`a template of ${count} fields in ${end - offset} bytes`);
    }
    fields.push({
      element: view.getUint16(at) & ~ENTERPRISE_BIT,
      enterprise: enterprise ? view.getUint32(at + 4) : 0,
      length: view.getUint16(at + 2),
    });
    at += enterprise ? 8 : 4;
  }
  return { id, fields, next: at };
}
