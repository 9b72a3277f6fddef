import type { Flow } from "./flow.ts";

/** The result of decoding one packet. */
export interface DecodedPacket {
  /** NetFlow version: 5, 9, or 10 for IPFIX. 0 if it is none of them. */
  readonly version: number;
  /** The flows, including those of earlier data sets whose template is in this packet. */
  readonly flows: Flow[];
  /** Packets (v9), flows (v5) or records (IPFIX) lost before this packet; negative if some arrived late after all. */
  lost: number;
  /** Whether the exporter restarted its sequence numbers. */
  restarted: boolean;
  /** Number of data sets dropped because their template did not arrive in time. */
  droppedSets: number;
  /** Number of data sets in this packet that wait for their template. */
  pendingSets: number;
  /** What is wrong with the packet, if anything. `flows` has what could be decoded nevertheless. */
  problem: string | undefined;
}

/** Returns a result without flows and problems, to be filled in. */
export function emptyResult(version: number): DecodedPacket {
  return {
    version,
    flows: [],
    lost: 0,
    restarted: false,
    droppedSets: 0,
    pendingSets: 0,
    problem: undefined,
  };
}
