import { type DecodedPacket, emptyResult } from "./decoded_packet.ts";
import { type DecodeContext, type Dialect, readSets, type TemplateRecord } from "./flow_sets.ts";
import type { FieldSpecifier } from "./template.ts";

const HEADER = 16;

/** Decodes an IPFIX message (RFC 7011), whose version field is 10. */
export function decodeIpfix(view: DataView, context: DecodeContext): DecodedPacket {
  const result = emptyResult(10);
  if (view.byteLength < HEADER) {
    result.problem = `a header of ${view.byteLength} bytes, expected 16`;
    return result;
  }
  const length = view.getUint16(2);
  const end = Math.min(length, view.byteLength);
  const domain = context.exporter.domain(10, view.getUint32(12));
  const records = readSets(view, HEADER, end, IPFIX, domain, context, result);
  Object.assign(result, domain.sequence.check(view.getUint32(8), records));
  if (length < HEADER || length > view.byteLength) {
    result.problem = `a message of ${length} bytes in a packet of ${view.byteLength}`;
  }
  return result;
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
): TemplateRecord | string {
  if (id === 0) return { id, fields: [], next: end };
  const fields: FieldSpecifier[] = [];
  let at = offset;
  for (let n = 0; n < count; n++) {
    const enterprise = end - at >= 4 && (view.getUint16(at) & ENTERPRISE_BIT) !== 0;
    if (end - at < (enterprise ? 8 : 4)) {
      return `a template of ${count} fields in ${end - offset} bytes`;
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
