import type { DecodeContext } from "./decode_context.ts";
import { DecodeError } from "./decode_error.ts";
import { readSets } from "./flow_sets.ts";

const HEADER = 16;

/** Decodes an IPFIX message (RFC 7011), whose version field is 10. */
export function decodeIpfix(view: DataView, context: DecodeContext): void {
  if (view.byteLength < HEADER) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected ${HEADER}`);
  }
  const length = view.getUint16(2);
  if (length < HEADER) throw new DecodeError(`a message of ${length} bytes`);
  if (length > view.byteLength) {
    context.reportFault(`a message of ${length} bytes, of which ${view.byteLength} arrived`);
  }
  const domain = context.domain(10, view.getUint32(12));
  const records = readSets(view, HEADER, Math.min(length, view.byteLength), domain, context);
  context.counts.lost += domain.sequence.check(view.getUint32(8), records);
}
