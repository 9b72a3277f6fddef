import { DecodeError } from "./decode_error.ts";
import { type DecodeContext, type Dialect, readSets, type TemplateRecord } from "./flow_sets.ts";
import { V9_SCOPE } from "./information_elements.ts";
import type { FieldSpecifier } from "./template.ts";

const HEADER = 20;

/** Decodes a NetFlow v9 packet (RFC 3954). */
export function decodeV9(view: DataView, context: DecodeContext): void {
  if (view.byteLength < HEADER) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected ${HEADER}`);
  }
  const { decoder, now } = context;
  const sequence = view.getUint32(12);
  // A reboot of the exporter invalidates its templates (RFC 3954, section 9), also if the bot was down meanwhile.
  const domain = decoder.domain(9, view.getUint32(16), sequence, {
    uptime: view.getUint32(4),
    sentAt: view.getUint32(8) * 1000,
    receivedAt: now,
  });
  decoder.counts.lost += domain.sequence.check(sequence, 1);
  readSets(view, HEADER, view.byteLength, V9, domain, context);
}

const V9: Dialect = {
  templateSet: 0,
  optionsSet: 1,
  readTemplate(view, offset, end) {
    const id = view.getUint16(offset);
    const count = view.getUint16(offset + 2);
    if (id !== 0 && count === 0) throw new DecodeError("a template without fields");
    return fieldsAt(view, offset + 4, end, id, 0, count);
  },
  readOptionsTemplate(view, offset, end) {
    // Less than the 6 bytes of a record header: padding.
    if (end - offset < 6) return { id: 0, fields: [], next: end };
    const id = view.getUint16(offset);
    const scopes = view.getUint16(offset + 2) / 4;
    const options = view.getUint16(offset + 4) / 4;
    const isWhole = Number.isInteger(scopes) && Number.isInteger(options) && scopes + options > 0;
    if (id !== 0 && !isWhole) throw new DecodeError("an options template with invalid lengths");
    return fieldsAt(view, offset + 6, end, id, scopes, options);
  },
};

function fieldsAt(
  view: DataView,
  offset: number,
  end: number,
  id: number,
  scopes: number,
  options: number,
): TemplateRecord {
  if (id === 0) return { id, fields: [], next: end };
  const next = offset + 4 * (scopes + options);
  if (next > end) {
    throw new DecodeError(`a template of ${scopes + options} fields in ${end - offset} bytes`);
  }
  const fields: FieldSpecifier[] = [];
  for (let at = offset; at < next; at += 4) {
    fields.push({
      element: view.getUint16(at),
      enterprise: fields.length < scopes ? V9_SCOPE : 0,
      length: view.getUint16(at + 2),
    });
  }
  return { id, fields, next };
}
