import { DataRecord } from "./record_reader.ts";
import { type DecodedPacket, emptyResult } from "./decoded_packet.ts";
import type { DecoderState } from "./exporters.ts";
import { decodeIpfix } from "./ipfix.ts";
import { decodeV5 } from "./netflow_v5.ts";
import { decodeV9 } from "./netflow_v9.ts";

// Holds nothing from one record to the next.
const record = new DataRecord();

/**
 * Decodes one packet of NetFlow v5, v9 or IPFIX. It never throws, whatever the packet: what is wrong is named in the
 * result, beside everything that is right.
 *
 * @param packet The payload of a UDP packet. Nothing of it is kept.
 * @param exporter The address that sent it. Exporters are told apart by it and not by their port, which some change.
 * @param state What was learnt from earlier packets, and learns from this one.
 * @param now When the packet came, in milliseconds.
 */
export function decodePacket(
  packet: Uint8Array,
  exporter: string,
  state: DecoderState,
  now: number,
): DecodedPacket {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const version = packet.byteLength < 2 ? 0 : view.getUint16(0);
  if (version !== 5 && version !== 9 && version !== 10) {
    const what = packet.byteLength < 2 ? `${packet.byteLength} bytes` : `version ${version}`;
    return { ...emptyResult(0), problem: `${what}, not NetFlow v5, v9 or IPFIX` };
  }
  const context = { exporter: state.exporter(exporter), now, scale: state.scale, record };
  const result = version === 5
    ? decodeV5(view, context)
    : version === 9
    ? decodeV9(view, context)
    : decodeIpfix(view, context);
  state.settle(exporter);
  return result;
}
