import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals } from "@std/assert";
import { mock } from "node:test";
import { NetflowBot } from "./bot.ts";
import type { NetflowSettings } from "./settings.ts";
import { type CapturedPacket, ipLength } from "./testing/capture.ts";
import { HAS_SOFTFLOWD, runSoftflowd, whenSettled } from "./testing/softflowd.ts";

// The clock stands still until a test moves it. Timers go on.
mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 10, 24) });

/** Listens on a free local port. */
const SETTINGS: NetflowSettings = {
  hostname: "127.0.0.1",
  port: 0,
  stateFile: "",
  memoryBytes: 64_000_000,
  suggest: false,
  scaleSampled: true,
};

/** A capture of three hosts that send to a server. */
const CAPTURE: readonly CapturedPacket[] = Array.from({ length: 900 }, (_, n) => ({
  source: `10.0.0.${1 + n % 3}`,
  destination: "192.168.1.1",
  protocol: n % 3 === 0 ? 17 : 6,
  sourcePort: 1024 + n % 60,
  destinationPort: n % 3 === 0 ? 53 : 443,
  payload: (n * 7919) % 1400,
  at: n / 100,
}));

const bytesOf = (matches: (packet: CapturedPacket) => boolean) =>
  CAPTURE.filter(matches).reduce((sum, packet) => sum + ipLength(packet), 0);

for (const [version, name] of [[5, "v5"], [9, "v9"], [10, "IPFIX"]] as const) {
  Deno.test({
    name:
      `NetflowBot sends exactly the sums that softflowd captured, with ${name} (needs softflowd)`,
    ignore: !HAS_SOFTFLOWD,
    async fn() {
      const sandbox = new Sandbox();
      const account = sandbox.addAccount({ defaults: true });
      const token = sandbox.addBot({ protocol: "netflow", account });
      const credential = sandbox.addCredential(account, { protocol: "netflow", details: {} });
      const sensor = sandbox.addSensor(account, {
        protocol: "netflow",
        defaultInterval: null,
        details: {},
      });
      const { id } = sandbox.addEntity(account, {
        name: "softflowd",
        details: { ipv4: "127.0.0.1" },
        protocols: { netflow: { credential, bot: token, sensors: [sensor] } },
      });
      const bot: NetflowBot = new NetflowBot("http://sandbox/api", token.token, 120, {
        settings: SETTINGS,
        async delay() {
          await runSoftflowd(CAPTURE, bot.port!, version);
          // softflowd has sent everything. Wait until the socket is drained.
          await whenSettled(() => bot.counts!.packets);
          mock.timers.tick(60_000);
        },
        fetch: sandbox.fetch,
        logSink: () => {},
      });
      await bot.runOnce();

      const prefix = `netflow.1min.ingress.entity.${id}`;
      const values = Object.fromEntries(sandbox.values(account).map(({ p, v }) => [p, v]));
      assertEquals(values["netflow.1min.ingress"], bytesOf(() => true));
      assertEquals(values[prefix], bytesOf(() => true));
      assertEquals(values[`${prefix}.if.0`], bytesOf(() => true));
      assertEquals(values[`${prefix}.topprotocol.TCP`], bytesOf(({ protocol }) => protocol === 6));
      assertEquals(values[`${prefix}.topprotocol.UDP`], bytesOf(({ protocol }) => protocol === 17));
      assertEquals(
        values[`${prefix}.topdstports.443`],
        bytesOf(({ destinationPort }) => destinationPort === 443),
      );
      for (const host of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
        const bytes = bytesOf(({ source }) => source === host);
        const address = host.replaceAll(".", "%2e");
        assertEquals(values[`${prefix}.topip.${address}`], bytes);
        assertEquals(values[`${prefix}.topconn.${address}.192%2e168%2e1%2e1`], bytes);
      }
    },
  });
}
