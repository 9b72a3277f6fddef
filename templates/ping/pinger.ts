/** What to send to a device. */
export interface PingRequest {
  /** An IPv4 address, an IPv6 address, or a name. */
  readonly host: string;
  /** The number of packets. */
  readonly packets: number;
  /** Seconds to wait for the answer to a packet. */
  readonly timeout: number;
  /** Seconds from one packet to the next. */
  readonly pause: number;
  /** Aborts the ping. */
  readonly signal: AbortSignal;
}

/** What became of a packet: its round-trip time in seconds, or `"lost"` if it was sent and not answered in time. */
export type PacketResult = number | "lost";

/** Pings devices, several at a time. */
export interface Pinger {
  /**
   * Pings one device.
   *
   * @returns One result per packet.
   * @throws The reason of the signal, when it aborts.
   * @throws {Error} If this machine could not send the packets or receive the answers, so that nobody knows whether the
   * device is up. The message says why and what to do.
   */
  ping(request: PingRequest): Promise<readonly PacketResult[]>;
}
