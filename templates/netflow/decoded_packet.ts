import type { Flow } from "./flow.ts";

/** What came out of one packet. */
export interface DecodedPacket {
  /** NetFlow version: 5, 9, or 10 for IPFIX. 0 when it is none of them. */
  readonly version: number;
  /** The flows, also of earlier data that had to wait for a template in this packet. */
  readonly flows: Flow[];
  /** How many packets (v9), flows (v5) or records (IPFIX) went missing before this one; below 0 when some came late. */
  lost: number;
  /** Whether the exporter has started to count anew, as it does when it starts. */
  restarted: boolean;
  /** How many data sets were given up, as their template did not come in time. */
  undecodable: number;
  /** How many data sets wait for their template. */
  waiting: number;
  /** What is wrong with the packet, if anything; what was right is in `flows` nevertheless. */
  problem: string | undefined;
}

/** Makes the result to begin with: nothing found, nothing wrong. */
export function emptyResult(version: number): DecodedPacket {
  return {
    version,
    flows: [],
    lost: 0,
    restarted: false,
    undecodable: 0,
    waiting: 0,
    problem: undefined,
  };
}
