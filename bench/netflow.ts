/**
 * How many NetFlow packets a second the NetFlow bot takes without losing any: a second thread sends packets of v9 with 30
 * flows each over loopback at rising rates, and everything that the bot does with them is done.
 *
 * ```sh
 * deno run --allow-read=. --allow-net=127.0.0.1 bench/netflow.ts         # Deno.listenDatagram
 * deno run --allow-read=. --allow-net=127.0.0.1 bench/netflow.ts node    # node:dgram, as without --unstable-net
 * ```
 *
 * What is lost is lost in the buffer of the kernel, of 208 KiB unless told otherwise: `sysctl net.core.rmem_default` is
 * the first thing to raise where a fast exporter sends in bursts.
 */

// It is made to be looked at.
// deno-lint-ignore-file no-console

import { FlowStation } from "../templates/netflow/flow_processor.ts";
import type { Order, Sent } from "./netflow_sender.ts";
import { receivePackets } from "../templates/netflow/receiver.ts";
import {
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  v9,
} from "../templates/netflow/testing_packets.ts";

const RATES = [1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000];
const SECONDS = 2;
const FLOWS = 30;
const EXPORTER = "127.0.0.1";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Packets with flows between a few thousand addresses. */
function makePackets(count: number): Uint8Array[] {
  let seed = 42;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  return Array.from({ length: count }, (_, sequence) => {
    const records = Array.from({ length: FLOWS }, () => {
      const record = ipv4Record(40 + random(100_000));
      record[2] = random(16);
      record[3] = random(256);
      record[7] = random(256);
      record[15] = random(8); // interface
      return record;
    });
    return v9({ sequence }, set(256, ...records));
  });
}

async function measure(rate: number, sockets: "deno" | "node"): Promise<string> {
  const station = new FlowStation({ log: silent, now: Date.now() });
  station.serve(new Map([[1, [EXPORTER]]]));
  station.receive(v9({}, set(0, template(256, IPV4_FIELDS))), EXPORTER, Date.now());
  await using receiver = await receivePackets(
    { hostname: EXPORTER, port: 0, sockets },
    (packet, sender) => station.receive(packet, sender, Date.now()),
  );
  const worker = new Worker(import.meta.resolve("./netflow_sender.ts"), { type: "module" });
  const { sent, seconds } = await new Promise<Sent>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    const order: Order = {
      port: receiver.port,
      rate,
      count: rate * SECONDS,
      packets: makePackets(500),
    };
    worker.postMessage(order);
  });
  await new Promise((done) => setTimeout(done, 200));
  worker.terminate();
  const received = station.counts.packets - 1;
  const share = (100 * received / sent).toFixed(2);
  return [
    `${Math.round(sent / seconds)}`.padStart(8),
    `${Math.round(received / seconds)}`.padStart(8),
    `${Math.round(station.counts.flows / seconds)}`.padStart(9),
    `${share} %`.padStart(10),
  ].join("  ");
}

if (import.meta.main) {
  const sockets = Deno.args[0] === "node" ? "node" : "deno";
  console.log(`sockets: ${sockets}; ${FLOWS} flows in a packet; ${SECONDS} s for each rate`);
  console.log("  sent/s   taken/s    flows/s    received");
  for (const rate of RATES) console.log(await measure(rate, sockets));
}
