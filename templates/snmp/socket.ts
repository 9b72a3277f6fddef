import { createSocket, type Socket, type SocketType } from "node:dgram";

type Listener = (...args: unknown[]) => void;

/**
 * Makes a socket on which an error in handling a packet ends with the packet. Anybody can send anything to its port, and
 * net-snmp does not catch all the errors that a packet can cause: such as one of SNMPv3 in a session of SNMPv2c.
 * Node would end the program; Deno does not today, which nothing says it must not.
 */
export function createGuardedSocket(type: SocketType): Socket {
  const socket = createSocket(type);
  const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
  return Object.assign(socket, {
    on: (event: string, listener: Listener): Socket =>
      on(event, event === "message" ? ignoringErrors(listener) : listener),
  });
}

function ignoringErrors(listener: Listener): Listener {
  return (...args) => {
    try {
      listener(...args);
    } catch {
      // The request that the packet was meant for, if any, ends by its timeout.
    }
  };
}
