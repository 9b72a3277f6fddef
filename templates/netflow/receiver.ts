import { ConfigError, describeError } from "@grafolean/collector";
import { delay } from "@std/async/delay";
import { normalizeAddress } from "./address.ts";

/** Where to listen. */
interface ListenOptions {
  /** Address to listen on: `0.0.0.0` for IPv4 on all interfaces, `::` for IPv4 and IPv6. */
  readonly hostname: string;
  /** UDP port; 0 for any free port. */
  readonly port: number;
}

/** Receives packets until disposed. */
export interface Receiver extends AsyncDisposable {
  /** The UDP port. */
  readonly port: number;
}

// The maximum of UDP.
const MAX_PACKET = 65_535;

/**
 * Listens for UDP packets. It takes half as long per packet as `node:dgram`, and so survives bursts that would overflow
 * the kernel's buffer.
 *
 * @param onPacket Called for each packet, whose bytes are only valid until it returns. It must not throw.
 * @throws {ConfigError} If the bot cannot listen on the port.
 */
export function receivePackets(
  options: ListenOptions,
  onPacket: (packet: Uint8Array, sender: string) => void,
): Receiver {
  const socket = listen(options);
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

function listen({ hostname, port }: ListenOptions): Deno.DatagramConn {
  if (typeof Deno.listenDatagram !== "function") {
    throw new ConfigError([
      'Cannot listen on a UDP port: write "unstable": ["net"] into deno.json, or add --unstable-net',
    ]);
  }
  try {
    return Deno.listenDatagram({ transport: "udp", hostname, port });
  } catch (error) {
    throw new ConfigError([
      `Cannot listen on UDP port ${port} of "${hostname}": ${describeFailure(error, hostname)}`,
    ], { cause: error });
  }
}

/** Says why a port cannot be opened, and what to do. */
function describeFailure(error: unknown, hostname: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "a program uses it, such as this bot; stop it, or set NETFLOW_PORT";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine does not have the address; set NETFLOW_HOST";
  }
  if (error instanceof Deno.errors.NotCapable) {
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return `the permissions do not include it; add ${host} to --allow-net in deno.json`;
  }
  return `${describeError(error)}; set NETFLOW_PORT and NETFLOW_HOST`;
}
