import { DecodeError } from "./decode_error.ts";
import type { Decoder } from "./decoder.ts";
import { Flow, type OnFlow } from "./flow.ts";

const HEADER = 24;
const RECORD = 48;

// Reused, as this is the hot path.
const flow = new Flow();
flow.source[2] = flow.destination[2] = 0xffff;

/** Decodes a NetFlow v5 packet: a header of 24 bytes and up to 30 flows of 48 bytes. */
export function decodeV5(view: DataView, decoder: Decoder, onFlow: OnFlow): void {
  if (view.byteLength < HEADER) {
    throw new DecodeError(`a header of ${view.byteLength} bytes, expected 24`);
  }
  const count = view.getUint16(2);
  const whole = Math.min(count, Math.floor((view.byteLength - HEADER) / RECORD));
  const domain = decoder.domain(5, view.getUint16(20));
  decoder.counts.lost += domain.sequence.check(view.getUint32(16), count).lost;
  // The first two bits are the sampling mode, which Juniper leaves 0 although it samples. The others are the rate.
  const announced = decoder.scaleSampled ? view.getUint16(22) & 0x3fff : 1;
  const rate = decoder.samplingRate ?? Math.max(1, announced);
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
    decoder.counts.flows++;
    onFlow(flow);
  }
  if (whole < count) throw new DecodeError(`truncated after ${whole} of ${count} flows`);
}
