import { ipv4At } from "./address.ts";
import { type DecodedPacket, emptyResult } from "./decoded_packet.ts";
import type { DecodeContext } from "./flow_sets.ts";

const HEADER = 24;
const RECORD = 48;

/** Decodes a NetFlow v5 packet: a header of 24 bytes and up to 30 flows of 48 bytes. */
export function decodeV5(view: DataView, { exporter, scaleSampled }: DecodeContext): DecodedPacket {
  const result = emptyResult(5);
  if (view.byteLength < HEADER) {
    result.problem = `a header of ${view.byteLength} bytes, expected 24`;
    return result;
  }
  const count = view.getUint16(2);
  const whole = Math.min(count, Math.floor((view.byteLength - HEADER) / RECORD));
  if (whole < count) result.problem = `truncated after ${whole} of ${count} flows`;
  const domain = exporter.domain(5, view.getUint16(20));
  Object.assign(result, domain.sequence.check(view.getUint32(16), count));
  const rate = scaleSampled ? samplingRate(view.getUint16(22)) : 1;
  for (let n = 0; n < whole; n++) {
    const at = HEADER + n * RECORD;
    result.flows.push({
      bytes: view.getUint32(at + 20) * rate,
      packets: view.getUint32(at + 16) * rate,
      direction: "ingress",
      input: view.getUint16(at + 12),
      output: view.getUint16(at + 14),
      source: ipv4At(view, at),
      destination: ipv4At(view, at + 4),
      protocol: view.getUint8(at + 38),
      sourcePort: view.getUint16(at + 32),
      destinationPort: view.getUint16(at + 34),
    });
  }
  return result;
}

// The first two bits are the sampling mode (0: not sampled), the other 14 the rate.
function samplingRate(field: number): number {
  return field >> 14 === 0 ? 1 : Math.max(1, field & 0x3fff);
}
