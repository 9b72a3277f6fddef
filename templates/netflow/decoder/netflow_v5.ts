import { bootTime } from "./boot_time.ts";
import type { DecodeContext } from "./decode_context.ts";
import { DecodeError } from "./decode_error.ts";
import { Flow } from "./flow.ts";

const HEADER = 24;
const RECORD = 48;

// What fits into an Ethernet frame. Nothing sends more.
const MAX_FLOWS = 30;

// Reused, as this is the hot path.
const flow = new Flow();
flow.source[2] = flow.destination[2] = 0xffff;

/** Decodes a NetFlow v5 packet: a header of 24 bytes and up to 30 flows of 48 bytes. */
export function decodeV5(view: DataView, context: DecodeContext): void {
  if (view.byteLength < HEADER) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected ${HEADER}`);
  }
  const count = view.getUint16(2);
  if (count > MAX_FLOWS) {
    throw new DecodeError(`NetFlow v5 with ${count} flows in a packet, where 30 are the most`);
  }
  const { counts, onFlow } = context;
  const sequence = view.getUint32(16);
  const boot = bootTime(view.getUint32(4), view.getUint32(8) * 1000, context.now);
  const domain = context.domain(5, view.getUint16(20), boot, sequence);
  counts.lost += domain.sequence.check(sequence, count);
  // The first two bits are the sampling mode, which Juniper leaves 0 although it samples. The others are the rate.
  const announced = context.scaleSampled ? view.getUint16(22) & 0x3fff : 1;
  const rate = context.samplingRate ?? Math.max(1, announced);
  const whole = Math.min(count, Math.floor((view.byteLength - HEADER) / RECORD));
  for (let n = 0; n < whole; n++) {
    const at = HEADER + n * RECORD;
    flow.bytes = view.getUint32(at + 20) * rate;
    flow.input = view.getUint16(at + 12);
    flow.output = view.getUint16(at + 14);
    flow.source[3] = view.getUint32(at);
    flow.destination[3] = view.getUint32(at + 4);
    flow.protocol = view.getUint8(at + 38);
    flow.sourcePort = view.getUint16(at + 32);
    flow.destinationPort = view.getUint16(at + 34);
    counts.flows++;
    onFlow(flow);
  }
  if (whole < count) throw new DecodeError(`truncated after ${whole} of ${count} flows`);
}
