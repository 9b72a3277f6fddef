/**
 * Measures how many packets per second the NetFlow bot receives, decodes and aggregates without loss. A worker sends v9
 * packets of 30 flows each over loopback, at increasing rates.
 *
 * ```sh
 * deno run --allow-read=. --allow-net=127.0.0.1 bench/netflow.ts         # Deno.listenDatagram
 * deno run --allow-read=. --allow-net=127.0.0.1 bench/netflow.ts node    # node:dgram, used without --unstable-net
 * ```
 *
 * Packets are lost in the kernel's socket buffer, 208 KiB by default. Raise `sysctl net.core.rmem_default` if a fast
 * exporter sends in bursts.
 */

// deno-lint-ignore-file no-console

import { ProblemLog } from "@grafolean/collector/toolkit";
import { FlowProcessor } from "../templates/netflow/flow_processor.ts";
import { receivePackets } from "../templates/netflow/receiver.ts";
import {
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  v9,
} from "../templates/netflow/testing_packets.ts";
import type { Load, Sent } from "./netflow_sender.ts";

const RATES = [1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000];
const SECONDS = 2;
const FLOWS_PER_PACKET = 30;
const EXPORTER = "127.0.0.1";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Returns packets with flows between a few thousand addresses. */
function makePackets(count: number): Uint8Array[] {
  let seed = 42;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  return Array.from({ length: count }, (_, sequence) => {
    const records = Array.from({ length: FLOWS_PER_PACKET }, () => {
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
  const problems = new ProblemLog(silent);
  const processor = new FlowProcessor({ log: silent, problems, now: Date.now() });
  processor.setKnown(new Map([[1, [EXPORTER]]]));
  processor.receive(v9({}, set(0, template(256, IPV4_FIELDS))), EXPORTER, Date.now());
  await using receiver = await receivePackets(
    { hostname: EXPORTER, port: 0, sockets },
    (packet, sender) => processor.receive(packet, sender, Date.now()),
  );
  const worker = new Worker(import.meta.resolve("./netflow_sender.ts"), { type: "module" });
  const { sent, seconds } = await new Promise<Sent>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    const load: Load = {
      port: receiver.port,
      rate,
      count: rate * SECONDS,
      packets: makePackets(500),
    };
    worker.postMessage(load);
  });
  await new Promise((done) => setTimeout(done, 200));
  worker.terminate();
  const received = processor.counts.packets - 1;
  const share = (100 * received / sent).toFixed(2);
  return [
    `${Math.round(sent / seconds)}`.padStart(8),
    `${Math.round(received / seconds)}`.padStart(8),
    `${Math.round(processor.counts.flows / seconds)}`.padStart(9),
    `${share} %`.padStart(10),
  ].join("  ");
}

if (import.meta.main) {
  const sockets = Deno.args[0] === "node" ? "node" : "deno";
  console.log(`sockets: ${sockets}; ${FLOWS_PER_PACKET} flows per packet; ${SECONDS} s per rate`);
  console.log("  sent/s    recv/s    flows/s    received");
  for (const rate of RATES) console.log(await measure(rate, sockets));
}
