import { delay } from "@std/async/delay";
import { createSocket } from "node:dgram";
import { normalizeAddress } from "./address.ts";

/** Handles a packet, whose bytes are only valid until the function returns. It must not throw. */
type OnPacket = (packet: Uint8Array, sender: string) => void;

/** Options of {@linkcode receivePackets}. */
interface ReceiverOptions {
  /** Address to listen on: `0.0.0.0` for IPv4 on all interfaces, `::` for IPv4 and IPv6. */
  readonly hostname: string;
  /** UDP port; 0 for any free port. */
  readonly port: number;
  /** Which sockets to use. @default "deno" where available, as it loses fewer packets */
  readonly sockets?: "deno" | "node";
}

/** Receives packets until disposed. */
export interface Receiver extends AsyncDisposable {
  /** The UDP port. */
  readonly port: number;
}

/**
 * Listens for UDP packets.
 *
 * `Deno.listenDatagram` takes half as long per packet as `node:dgram`, so it survives bursts that would overflow the
 * kernel's buffer. It is unstable and needs `--unstable-net` (or `"unstable": ["net"]` in `deno.json`); without it the
 * bot uses `node:dgram`.
 *
 * @throws {Error} If the bot cannot listen on the port.
 */
export async function receivePackets(
  { hostname, port, sockets = hasDenoDatagrams() ? "deno" : "node" }: ReceiverOptions,
  onPacket: OnPacket,
): Promise<Receiver> {
  const receive = sockets === "deno" ? receiveByDeno : receiveByNode;
  return await receive(hostname, port, onPacket);
}

/** Whether `Deno.listenDatagram` is available. */
export function hasDenoDatagrams(): boolean {
  return typeof Deno.listenDatagram === "function";
}

// The maximum of UDP.
const MAX_PACKET = 65_535;

function receiveByDeno(hostname: string, port: number, onPacket: OnPacket): Receiver {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  let open = true;
  const receive = async () => {
    const buffer = new Uint8Array(MAX_PACKET);
    while (open) {
      try {
        const [packet, sender] = await socket.receive(buffer);
        onPacket(packet, normalizeAddress((sender as Deno.NetAddr).hostname));
      } catch {
        // Closed, or an error of the socket that must not become a busy loop.
        if (open) await delay(10);
      }
    }
  };
  const done = receive();
  return {
    port: (socket.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      open = false;
      socket.close();
      await done;
    },
  };
}

async function receiveByNode(
  hostname: string,
  port: number,
  onPacket: OnPacket,
): Promise<Receiver> {
  const socket = createSocket({ type: hostname.includes(":") ? "udp6" : "udp4" });
  socket.on("message", (packet, { address }) => onPacket(packet, normalizeAddress(address)));
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, hostname, resolve);
  });
  socket.on("error", () => {}); // of one packet
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]: () => new Promise((done) => socket.close(() => done())),
  };
}
