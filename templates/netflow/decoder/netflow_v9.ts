import { bootTime } from "./boot_time.ts";
import type { DecodeContext } from "./decode_context.ts";
import { DecodeError } from "./decode_error.ts";
import { readSets } from "./flow_sets.ts";

const HEADER = 20;

/** Decodes a NetFlow v9 packet (RFC 3954). */
export function decodeV9(view: DataView, context: DecodeContext): void {
  if (view.byteLength < HEADER) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected ${HEADER}`);
  }
  const sequence = view.getUint32(12);
  // A reboot of the exporter invalidates its templates (RFC 3954, section 9), also if the bot was down meanwhile.
  const boot = bootTime(view.getUint32(4), view.getUint32(8) * 1000, context.now);
  const domain = context.domain(9, view.getUint32(16), boot, sequence);
  context.counts.lost += domain.sequence.check(sequence, 1);
  readSets(view, HEADER, view.byteLength, domain, context);
}
