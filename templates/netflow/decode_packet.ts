import { type DecodedPacket, emptyResult } from "./decoded_packet.ts";
import type { Exporters } from "./exporters.ts";
import { decodeIpfix } from "./ipfix.ts";
import { decodeV5 } from "./netflow_v5.ts";
import { decodeV9 } from "./netflow_v9.ts";
import { RecordReader } from "./record_reader.ts";

// Shared, as it keeps nothing between records.
const reader = new RecordReader();

/**
 * Decodes one packet of NetFlow v5, v9 or IPFIX. Never throws: the result has what is wrong beside what could be decoded.
 *
 * @param packet The payload of a UDP packet. It is not retained.
 * @param address The address of the exporter. Its port does not matter, as some exporters change it.
 * @param exporters Templates, sampling rates and sequence numbers from earlier packets; updated from this one.
 * @param now Time of arrival, in milliseconds.
 */
export function decodePacket(
  packet: Uint8Array,
  address: string,
  exporters: Exporters,
  now: number,
): DecodedPacket {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const version = packet.byteLength < 2 ? 0 : view.getUint16(0);
  if (version !== 5 && version !== 9 && version !== 10) {
    const what = packet.byteLength < 2 ? `${packet.byteLength} bytes` : `version ${version}`;
    return { ...emptyResult(0), problem: `${what}, not NetFlow v5, v9 or IPFIX` };
  }
  const { scaleSampled } = exporters;
  const context = { exporter: exporters.get(address), now, scaleSampled, reader };
  const result = version === 5
    ? decodeV5(view, context)
    : version === 9
    ? decodeV9(view, context)
    : decodeIpfix(view, context);
  exporters.updateMemory(address);
  return result;
}
