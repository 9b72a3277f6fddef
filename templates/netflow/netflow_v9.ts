import { type DecodedPacket, emptyResult } from "./decoded_packet.ts";
import { type DecodeContext, type Dialect, readSets, type TemplateRecord } from "./flow_sets.ts";
import type { FieldSpecifier } from "./template.ts";

const HEADER = 20;

/** Decodes a NetFlow v9 packet (RFC 3954). */
export function decodeV9(view: DataView, context: DecodeContext): DecodedPacket {
  const result = emptyResult(9);
  if (view.byteLength < HEADER) {
    result.problem = `a header of ${view.byteLength} bytes, expected 20`;
    return result;
  }
  const domain = context.exporter.domain(9, view.getUint32(16));
  const { isFirst } = domain.sequence;
  Object.assign(result, domain.sequence.check(view.getUint32(12), 1));
  const uptime = view.getUint32(4);
  // A restart of the exporter invalidates its templates (RFC 3954, section 9), also if the bot was down meanwhile. The
  // uptime alone proves nothing: it wraps after 49 days.
  if ((result.restarted || isFirst) && uptime < domain.uptime) domain.reset();
  domain.uptime = uptime;
  readSets(view, HEADER, view.byteLength, V9, domain, context, result);
  return result;
}

const V9: Dialect = {
  templateSet: 0,
  optionsSet: 1,
  readTemplate(view, offset, end) {
    const id = view.getUint16(offset);
    const count = view.getUint16(offset + 2);
    if (id !== 0 && count === 0) return "a template without fields";
    return fieldsAt(view, offset + 4, end, id, 0, count);
  },
  readOptionsTemplate(view, offset, end) {
    // Less than the 6 bytes of a record header: padding.
    if (end - offset < 6) return { id: 0, fields: [], next: end };
    const id = view.getUint16(offset);
    const scopes = view.getUint16(offset + 2) / 4;
    const options = view.getUint16(offset + 4) / 4;
    if (id !== 0 && (scopes + options === 0 || !Number.isInteger(scopes + options))) {
      return "an options template with invalid lengths";
    }
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
): TemplateRecord | string {
  if (id === 0) return { id, fields: [], next: end };
  const next = offset + 4 * (scopes + options);
  if (next > end) return `a template of ${scopes + options} fields in ${end - offset} bytes`;
  const fields: FieldSpecifier[] = [];
  for (let at = offset; at < next; at += 4) {
    fields.push({
      element: view.getUint16(at),
      enterprise: fields.length < scopes ? -1 : 0,
      length: view.getUint16(at + 2),
    });
  }
  return { id, fields, next };
}
