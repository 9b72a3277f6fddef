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
  /** The packets, sent in turn. */
  readonly packets: readonly Uint8Array[];
}

/** The result. */
export interface Sent {
  /** Number of packets sent. */
  readonly sent: number;
  /** Duration. */
  readonly seconds: number;
}

self.onmessage = async ({ data }: MessageEvent<Load>) => {
  const { port, rate, count, packets } = data;
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  const start = performance.now();
  let sent = 0;
  while (sent < count) {
    const due = Math.min(count, Math.floor((performance.now() - start) * rate / 1000));
    while (sent < due) await socket.send(packets[sent++ % packets.length]!, to);
    await new Promise((done) => setTimeout(done, 1));
  }
  const report: Sent = { sent, seconds: (performance.now() - start) / 1000 };
  socket.close();
  self.postMessage(report);
};
