import { runInSandbox } from "@grafolean/collector/testing";
import { createSocket } from "node:dgram";
import { NetflowBot, PROTOCOL } from "./bot.ts";
import type { NetflowSettings } from "./settings.ts";

/** The bot, but listening on this machine only, and with a router that sends packets to it. */
class DevBot extends NetflowBot {
  protected override loadSettings(): Promise<NetflowSettings> {
    startRouter(() => this.port);
    return Promise.resolve({
      hostname: "127.0.0.1",
      port: 0,
      snapshotFile: "data/dev-snapshot.jsonl",
      suggest: false,
      scaleSampled: true,
    });
  }
}

/** Returns a NetFlow v5 packet with a flow from 10.0.0.`host` to 192.168.1.1. */
function packet(sequence: number, host: number, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 + 48));
  view.setUint16(0, 5); // version
  view.setUint16(2, 1); // flows
  view.setUint32(16, sequence);
  view.setUint32(24, 0x0a000000 + host); // source
  view.setUint32(28, 0xc0a80101); // destination
  view.setUint16(36, 1); // input
  view.setUint16(38, 2); // output
  view.setUint32(44, bytes);
  view.setUint16(58, host % 2 === 0 ? 443 : 53); // destination port
  view.setUint8(62, host % 2 === 0 ? 6 : 17); // TCP or UDP
  return new Uint8Array(view.buffer);
}

/** Starts a router with four hosts behind it, each sending more than the one before. */
function startRouter(port: () => number | undefined): void {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  let sequence = 0;
  setInterval(() => {
    for (let host = 1; host <= 4; host++) {
      socket.send(packet(sequence++, host, host * 1000), port() ?? 9, "127.0.0.1");
    }
  }, 1000);
}

await runInSandbox(DevBot, {
  protocol: PROTOCOL,
  devices: [
    { name: "router", details: { ipv4: "127.0.0.1" }, sensors: [{ interval: null }] },
  ],
});
// The router would keep the process running.
Deno.exit();
