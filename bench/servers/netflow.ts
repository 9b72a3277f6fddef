// Sends NetFlow v9 over loopback when it is asked to, and is the Grafolean of the bot, with the exporter as its device.
//
// Arguments: CONVERSATIONS, and others for the variants
// Prints the URL of Grafolean, the token of the bot, and the URL that takes a Load.

// deno-lint-ignore-file no-console

import { delay } from "@std/async/delay";
import { Sandbox } from "../../src/testing/mod.ts";
import {
  IPV4_FIELDS,
  ipv4Record,
  set,
  template,
  v9,
} from "../../templates/netflow/testing/packet_builder.ts";

/** What to send. */
export interface Load {
  /** A UDP port of this machine. */
  readonly port: number;
  readonly packets: number;
  readonly perSecond: number;
  /** Milliseconds from one burst to the next, whose packets are sent as fast as possible; 0 for one by one. */
  readonly pauseMs: number;
}

const FLOWS_PER_PACKET = 30;
const INTERFACES = 8;
const PACKETS = 2_000;
const TEMPLATE = v9({}, set(0, template(256, IPV4_FIELDS)));

/** Returns packets with flows of many conversations, all equally often. */
function makePackets(conversations: number): Uint8Array[] {
  let seed = 42;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  return Array.from({ length: PACKETS }, () => {
    const records = Array.from({ length: FLOWS_PER_PACKET }, () => {
      const record = ipv4Record(40 + random(100_000));
      const view = new DataView(record.buffer);
      const n = random(conversations);
      view.setUint32(0, 0x0a000000 + n); // source
      view.setUint32(4, 0xc0a80000 + (n * 7) % conversations); // destination
      view.setUint32(12, 1 + n % INTERFACES); // input
      view.setUint16(32, 1 + n % 5_000); // destination port
      return record;
    });
    return v9({}, set(256, ...records));
  });
}

const packets = makePackets(Number(Deno.args[0]));
const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
let sequence = 0;

async function send({ port, packets: count, perSecond, pauseMs }: Load): Promise<void> {
  const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  const sendOne = (packet: Uint8Array) => {
    new DataView(packet.buffer, packet.byteOffset).setUint32(12, sequence++);
    return socket.send(packet, to);
  };
  await sendOne(TEMPLATE);
  await delay(100);
  const start = performance.now();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor((performance.now() - start) * perSecond / 1000));
    while (sent < due) await sendOne(packets[sent++ % packets.length]!);
    if (pauseMs > 0) await delay(pauseMs);
  }
}

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const protocol = "netflow";
const bot = sandbox.addBot({ protocol, account });
const credential = sandbox.addCredential(account, { protocol, details: {} });
const sensor = sandbox.addSensor(account, { protocol, defaultInterval: null, details: {} });
sandbox.addEntity(account, {
  name: "router",
  details: { ipv4: "127.0.0.1" },
  protocols: { netflow: { credential, bot, sensors: [sensor] } },
});
const grafolean = await sandbox.listen();
const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
const control = Deno.serve(options, async (request) => {
  await send(await request.json());
  return new Response();
});
console.log(grafolean.url, bot.token, `http://127.0.0.1:${control.addr.port}/`);
