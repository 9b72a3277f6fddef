import type { StartContext } from "@grafolean/collector";
import { runInSandbox } from "@grafolean/collector/testing";
import { createSocket } from "node:dgram";
import { NetflowBot, type NetflowBotOptions, PROTOCOL } from "./bot.ts";

/** The bot with a router that sends packets to it. */
class DevBot extends NetflowBot {
  #router: Disposable | undefined;

  protected override async onStart(context: StartContext): Promise<void> {
    await super.onStart(context);
    this.#router = startRouter(this.port!);
  }

  protected override async onStop(): Promise<void> {
    this.#router?.[Symbol.dispose]();
    await super.onStop();
  }
}

/** The bot listens on this machine only. */
const options: NetflowBotOptions = {
  settings: {
    hostname: "127.0.0.1",
    port: 0,
    snapshotFile: "data/dev-snapshot.jsonl",
    suggest: false,
    scaleSampled: true,
  },
};

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
function startRouter(port: number): Disposable {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  let sequence = 0;
  const timer = setInterval(() => {
    for (let host = 1; host <= 4; host++) {
      socket.send(packet(sequence++, host, host * 1000), port, "127.0.0.1");
    }
  }, 1000);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      socket.close();
    },
  };
}

await runInSandbox(DevBot, {
  protocol: PROTOCOL,
  devices: [
    { name: "router", details: { ipv4: "127.0.0.1" }, sensors: [{ interval: null }] },
  ],
  collector: options,
});
