/** The worker of `netflow.ts` that sends the packets. */

/// <reference lib="deno.worker" />

/** What to send. */
export interface Load {
  /** Local UDP port. */
  readonly port: number;
  /** Packets per second. */
  readonly rate: number;
  /** Total number of packets. */
  readonly count: number;
  /** Milliseconds from one burst to the next, whose packets are sent as fast as possible; 0 for one by one. */
  readonly pause: number;
  /** Sent before the others. */
  readonly template: Uint8Array;
  /** The packets of v9, sent in turn. */
  readonly packets: readonly Uint8Array[];
}

const sequences = new Map<number, number>();

self.onmessage = async ({ data }: MessageEvent<Load>) => {
  const { port, rate, count, pause, template, packets } = data;
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  let sequence = sequences.get(port) ?? 0;
  const send = (packet: Uint8Array) => {
    new DataView(packet.buffer, packet.byteOffset).setUint32(12, sequence++);
    return socket.send(packet, to);
  };
  const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
  await send(template);
  await sleep(100);
  const start = performance.now();
  let sent = 0;
  while (sent < count) {
    const due = Math.min(count, Math.floor((performance.now() - start) * rate / 1000));
    while (sent < due) await send(packets[sent++ % packets.length]!);
    if (pause > 0) await sleep(pause);
  }
  const seconds = (performance.now() - start) / 1000;
  socket.close();
  sequences.set(port, sequence);
  self.postMessage(seconds);
};
