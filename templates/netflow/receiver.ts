import { delay } from "@std/async/delay";
import { createSocket } from "node:dgram";
import { plainAddress } from "./address.ts";

/**
 * Takes a packet. The bytes are only valid until it returns: the next packet is read into the same place. It should not
 * throw; if it does, the next packet is received nevertheless.
 */
export type OnPacket = (packet: Uint8Array, sender: string) => void;

/** Where to listen. */
export interface ReceiverOptions {
  /** Address to listen on: `0.0.0.0` for IPv4 on all interfaces, `::` for both kinds. */
  readonly hostname: string;
  /** UDP port; 0 for any that is free. */
  readonly port: number;
  /** Which sockets to use. @default whichever loses fewer packets */
  readonly sockets?: "deno" | "node";
}

/** Receives until it is disposed of. */
export interface Receiver extends AsyncDisposable {
  /** The port that it listens on. */
  readonly port: number;
}

/**
 * Listens for UDP packets.
 *
 * `Deno.listenDatagram` spends half as much time on a packet as `node:dgram`, so that it gets over bursts that would
 * overflow the kernel's buffer; but it is unstable and there only with `--unstable-net` (or `"unstable": ["net"]` in
 * `deno.json`). Without it the bot works as well, and loses packets earlier.
 *
 * @throws {Error} If the port cannot be listened on.
 */
export function receivePackets(options: ReceiverOptions, onPacket: OnPacket): Promise<Receiver> {
  const { sockets = hasDatagrams() ? "deno" : "node" } = options;
  return sockets === "deno" ? receiveByDeno(options, onPacket) : receiveByNode(options, onPacket);
}

/** Whether this Deno lets us use `Deno.listenDatagram`. */
export function hasDatagrams(): boolean {
  return typeof Deno.listenDatagram === "function";
}

// The largest UDP packet there is.
const MAX_PACKET = 65_535;

// deno-lint-ignore require-await -- a port that is taken should reject, as with the other sockets
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
        onPacket(packet, plainAddress((sender as Deno.NetAddr).hostname));
      } catch {
        // Closed, or something about one packet, which is none of the next one's business. Not at full speed, though.
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
      onPacket(packet, plainAddress(address));
    } catch {
      // As above.
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
