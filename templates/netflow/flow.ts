/** One flow of an export: what was sent one way between two hosts since the exporter last reported it. */
export interface Flow {
  /** Bytes, multiplied by the sampling rate of sampled flows. */
  readonly bytes: number;
  /** Packets, multiplied likewise; 0 if not exported. */
  readonly packets: number;
  /** Direction at the interface that observed the flow. */
  readonly direction: Direction;
  /** SNMP index of the input interface; 0 if unknown. */
  readonly input: number;
  /** SNMP index of the output interface; 0 if unknown. */
  readonly output: number;
  /** IPv4 or IPv6 source address; empty if not exported. */
  readonly source: string;
  /** IPv4 or IPv6 destination address; empty if not exported. */
  readonly destination: string;
  /** IP protocol number. */
  readonly protocol: number;
  /** Source port; 0 if there is none. */
  readonly sourcePort: number;
  /** Destination port; 0 if there is none. */
  readonly destinationPort: number;
}

/** Direction of a flow at the interface that observed it; `"ingress"` if not exported. */
export type Direction = "ingress" | "egress";
