/** The thread of `netflow.ts` that sends. */

/// <reference lib="deno.worker" />

/** What is to be sent. */
export interface Order {
  /** Port of this machine. */
  readonly port: number;
  /** Packets a second. */
  readonly rate: number;
  /** Packets in all. */
  readonly count: number;
  /** The packets, which are sent in turn. */
  readonly packets: readonly Uint8Array[];
}

/** What was sent. */
export interface Sent {
  /** Packets. */
  readonly sent: number;
  /** In which time. */
  readonly seconds: number;
}

self.onmessage = async ({ data }: MessageEvent<Order>) => {
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
