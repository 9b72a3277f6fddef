import type { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { once } from "node:events";

/** Returns what to forward for response `n`, counted from 1: the packet, another one, or nothing. */
export type Forward = (n: number, response: Buffer) => Buffer | undefined;

/** Starts a UDP relay on 127.0.0.1 to an agent there, for a single client. `port` is the port for requests. */
export async function startRelay(
  agentPort: number,
  forward: Forward,
): Promise<{ port: number } & AsyncDisposable> {
  const front = createSocket("udp4").bind(0, "127.0.0.1");
  const back = createSocket("udp4").bind(0, "127.0.0.1");
  await Promise.all([once(front, "listening"), once(back, "listening")]);
  let responses = 0;
  let client = 0;
  front.on("message", (packet, { port }) => {
    client = port;
    back.send(packet, agentPort, "127.0.0.1");
  });
  back.on("message", (packet) => {
    const response = forward(++responses, packet);
    if (response !== undefined) front.send(response, client, "127.0.0.1");
  });
  return {
    port: front.address().port,
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([once(front, "close"), once(back, "close")]);
      front.close();
      back.close();
      await closed;
    },
  };
}
