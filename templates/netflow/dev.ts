import type { StartContext } from "@grafolean/collector";
import { runInSandbox } from "@grafolean/collector/testing";
import { createSocket } from "node:dgram";
import { NetflowBot, type NetflowBotOptions, PROTOCOL } from "./bot.ts";
import { v5 } from "./testing/packet_builder.ts";

/** The bot with a router that sends packets to it. */
class DevBot extends NetflowBot {
  protected override async onStart(context: StartContext): Promise<void> {
    await super.onStart(context);
    startRouter(this.port!, context.signal);
  }
}

/** The bot listens on this machine only. */
const options: NetflowBotOptions = {
  settings: {
    hostname: "127.0.0.1",
    port: 0,
    stateFile: "data/dev-state.jsonl",
    memoryBytes: 64_000_000,
    suggest: false,
    scaleSampled: true,
  },
};

/** Starts a router with four hosts behind it, each sending more than the one before. */
function startRouter(port: number, stop: AbortSignal): void {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  let sequence = 0;
  const timer = setInterval(() => {
    for (let host = 1; host <= 4; host++) {
      const isWeb = host % 2 === 0;
      const packet = v5({ sequence: sequence++ }, {
        source: `10.0.0.${host}`,
        destination: "192.168.1.1",
        bytes: host * 1000,
        packets: host,
        protocol: isWeb ? 6 : 17, // TCP or UDP
        sourcePort: 40_000,
        destinationPort: isWeb ? 443 : 53,
        input: 1,
        output: 2,
      });
      socket.send(packet, port, "127.0.0.1");
    }
  }, 1000);
  stop.addEventListener("abort", () => {
    clearInterval(timer);
    socket.close();
  });
}

await runInSandbox(DevBot, {
  protocol: PROTOCOL,
  devices: [
    { name: "router", details: { ipv4: "127.0.0.1" }, sensors: [{ interval: null }] },
  ],
  collector: options,
});
