import type { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { once } from "node:events";

/** What becomes of the answer number `n`, from 1: it as it is, another packet, or nothing. */
export type Fate = (n: number, answer: Buffer) => Buffer | undefined;

/** A relay on a port of its own on 127.0.0.1. */
export interface Relay extends AsyncDisposable {
  /** Where to send requests. */
  readonly port: number;
  /** How many requests have come. */
  readonly requests: number;
}

/** Starts a relay to an agent on 127.0.0.1, for one bot. */
export async function startRelay(agentPort: number, fate: Fate): Promise<Relay> {
  const front = createSocket("udp4").bind(0, "127.0.0.1");
  const back = createSocket("udp4").bind(0, "127.0.0.1");
  await Promise.all([once(front, "listening"), once(back, "listening")]);
  let requests = 0;
  let answers = 0;
  let client = 0;
  front.on("message", (packet, { port }) => {
    requests++;
    client = port;
    back.send(packet, agentPort, "127.0.0.1");
  });
  back.on("message", (packet) => {
    const answer = fate(++answers, packet);
    if (answer !== undefined) front.send(answer, client, "127.0.0.1");
  });
  return {
    port: front.address().port,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([once(front, "close"), once(back, "close")]);
      front.close();
      back.close();
      await closed;
    },
  };
}
