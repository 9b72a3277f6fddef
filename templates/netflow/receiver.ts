import { delay } from "@std/async/delay";
import { createSocket } from "node:dgram";
import { normalizeAddress } from "./address.ts";

/**
 * Handles a packet. Its bytes are only valid until the function returns, as the buffer is reused. What it throws is
 * ignored.
 */
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
export function receivePackets(options: ReceiverOptions, onPacket: OnPacket): Promise<Receiver> {
  const { sockets = hasDenoDatagrams() ? "deno" : "node" } = options;
  return sockets === "deno" ? receiveByDeno(options, onPacket) : receiveByNode(options, onPacket);
}

/** Whether `Deno.listenDatagram` is available. */
export function hasDenoDatagrams(): boolean {
  return typeof Deno.listenDatagram === "function";
}

// The maximum of UDP.
const MAX_PACKET = 65_535;

// deno-lint-ignore require-await -- a port in use should reject, as in receiveByNode
async function receiveByDeno(
  { hostname, port }: ReceiverOptions,
  onPacket: OnPacket,
): Promise<Receiver> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  let open = true;
  const receive = async () => {
    const buffer = new Uint8Array(MAX_PACKET);
    while (open) {
      try {
        const [packet, sender] = await socket.receive(buffer);
        onPacket(packet, normalizeAddress((sender as Deno.NetAddr).hostname));
      } catch {
        // Closed, or a problem with one packet. The delay prevents a busy loop.
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

function receiveByNode(
  { hostname, port }: ReceiverOptions,
  onPacket: OnPacket,
): Promise<Receiver> {
  const socket = createSocket({ type: hostname.includes(":") ? "udp6" : "udp4" });
  socket.on("message", (packet, { address }) => {
    try {
      onPacket(packet, normalizeAddress(address));
    } catch {
      // A problem with one packet.
    }
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, hostname, () => {
      socket.off("error", reject);
      socket.on("error", () => {});
      resolve({
        port: socket.address().port,
        [Symbol.asyncDispose]: () => new Promise((done) => socket.close(() => done())),
      });
    });
  });
}
