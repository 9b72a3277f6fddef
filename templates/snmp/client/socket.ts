import { createSocket, type Socket, type SocketType } from "node:dgram";

type Listener = (...args: unknown[]) => void;

/**
 * Creates a socket that drops a packet whose handling throws. Anyone can send anything to its port, and net-snmp does not
 * catch every error that a packet can cause, such as an SNMPv3 packet in an SNMPv2c session. On Node such an error would
 * end the program; on Deno it does not today, but nothing guarantees that.
 */
export function createSafeSocket(type: SocketType): Socket {
  const socket = createSocket(type);
  const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
  return Object.assign(socket, {
    on: (event: string, listener: Listener): Socket =>
      on(event, event === "message" ? ignoreErrors(listener) : listener),
  });
}

function ignoreErrors(listener: Listener): Listener {
  return (...args) => {
    try {
      listener(...args);
    } catch {
      // The request that the packet was meant for, if any, times out.
    }
  };
}
