import type { Buffer } from "node:buffer";
import { createSocket, type Socket, type SocketType } from "node:dgram";
import { lookup, type LookupOneOptions } from "node:dns";

type Listener = (...args: unknown[]) => void;

type LookupCallback = (error: Error | null, address: string, family: number) => void;

/**
 * Creates a socket that drops a packet whose handling throws. Anyone can send anything to its port, and net-snmp does not
 * catch every error that a packet can cause, such as an SNMPv3 packet in an SNMPv2c session. On Node such an error would
 * end the program; on Deno it does not today, but nothing guarantees that.
 *
 * @param mend Changes a packet before it is handled.
 */
export function createSafeSocket(
  type: SocketType,
  mend = (packet: Buffer): Buffer => packet,
): Socket {
  // Deno throws in the callback if it may not use the local address, which would end the program.
  const safeLookup = (host: string, options: LookupOneOptions, callback: LookupCallback): void =>
    lookup(host, options, (...found) => {
      try {
        callback(...found);
      } catch (error) {
        socket.emit("error", error);
      }
    });
  const socket = createSocket({ type, lookup: safeLookup });
  const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
  const onMessage = (listener: Listener): Socket =>
    on("message", (packet, ...rest) => {
      try {
        listener(mend(packet as Buffer), ...rest);
      } catch {
        // The request that the packet was meant for, if any, times out.
      }
    });
  return Object.assign(socket, {
    on: (event: string, listener: Listener): Socket =>
      event === "message" ? onMessage(listener) : on(event, listener),
  });
}
