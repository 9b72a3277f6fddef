/** What an exporter says about one flow: one direction of one conversation, since the exporter last spoke of it. */
export interface Flow {
  /** Bytes, multiplied by the sampling rate where the exporter looks at only some of the packets. */
  readonly bytes: number;
  /** Packets, multiplied likewise. 0 where the exporter does not tell. */
  readonly packets: number;
  /** Which way it went through the interface where it was seen. */
  readonly direction: Direction;
  /** SNMP index of the interface it came in by; 0 where it is not known. */
  readonly input: number;
  /** SNMP index of the interface it went out by; 0 where it is not known. */
  readonly output: number;
  /** IPv4 or IPv6 address of the sender; empty where the exporter does not tell. */
  readonly source: string;
  /** IPv4 or IPv6 address of the receiver; empty where the exporter does not tell. */
  readonly destination: string;
  /** IP protocol number. */
  readonly protocol: number;
  /** Port of the sender; 0 where there is none. */
  readonly sourcePort: number;
  /** Port of the receiver; 0 where there is none. */
  readonly destinationPort: number;
}

/** Which way a flow went through the interface where it was seen. Exporters that do not tell mean `"ingress"`. */
export type Direction = "ingress" | "egress";
