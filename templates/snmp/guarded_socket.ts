/**
 * The sockets that net-snmp is given: without two ways in which it can be harmed.
 *
 * @module
 */

import { createSocket, type Socket, type SocketType } from "node:dgram";

type Listener = (...args: unknown[]) => void;

/**
 * Makes a socket.
 *
 * Anybody can send anything to its port, and net-snmp does not catch all the errors that a packet can cause: here they
 * end with the packet. And a packet that is just being sent when the socket is closed counts as not sent; otherwise
 * net-snmp would wait for its answer.
 */
export function createGuardedSocket(type: SocketType): Socket {
  const socket = createSocket(type);
  const on = socket.on.bind(socket) as (event: string, listener: Listener) => Socket;
  const send = socket.send.bind(socket) as Listener;
  let isOpen = true;
  on("close", () => isOpen = false);
  return Object.assign(socket, {
    on: (event: string, listener: Listener): Socket =>
      on(event, event === "message" ? ignoringErrors(listener) : listener),
    send: (...args: unknown[]): void => {
      const sent = args.pop() as (error: Error | null, bytes: number) => void;
      send(
        ...args,
        (error: Error | null, bytes: number) =>
          sent(isOpen ? error : new Error("the session was closed"), bytes),
      );
    },
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
