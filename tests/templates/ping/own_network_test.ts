// The bot with real programs, in a network of its own: 127.0.0.0/8 answers, packets to 10.66.0.0/16 are sent and vanish,
// and there is no route to anything else.

import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";

const NETWORK = `
ip link set lo up
ip link add silent0 type veth peer name silent1
ip link set silent0 arp off up
ip link set silent1 up
ip addr add 10.66.0.1/16 dev silent0
exec "$@"`;

const BOT = new URL("./own_network_bot.ts", import.meta.url).href;

async function inOwnNetwork(...command: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("unshare", {
      args: ["-rn", "sh", "-ec", NETWORK, "sh", ...command],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

for (const program of ["fping", "ping"]) {
  const isPossible = await inOwnNetwork(program, "-c", "1", "127.0.0.1") !== undefined;
  Deno.test({
    name: `PingBot with ${program} tells down from unknown (needs unshare, ip, ${program})`,
    ignore: !isPossible,
    async fn() {
      const output = await inOwnNetwork(Deno.execPath(), "run", "-A", BOT, program);
      const { values, logged } = JSON.parse(output ?? "{}");
      assertGreater(values["alive.p1.rtt"], 0);
      assertGreater(values["alive twin.p1.rtt"], 0);
      assertGreater(values["alive name.p1.rtt"], 0);
      for (const key of Object.keys(values)) if (key.endsWith(".rtt")) delete values[key];
      assertEquals(values, {
        "alive.p0.ok": 1,
        "alive.p1.ok": 1,
        "alive.success": 1,
        "alive twin.p0.ok": 1,
        "alive twin.p1.ok": 1,
        "alive twin.success": 1,
        "alive name.p0.ok": 1,
        "alive name.p1.ok": 1,
        "alive name.success": 1,
        "silent.p0.ok": 0,
        "silent.p1.ok": 0,
        "silent.success": 0,
      });
      assertEquals(logged.length, 2);
      assertStringIncludes(
        logged.join(),
        'Cannot ping "no route" (10.99.0.1): ',
      );
      assertStringIncludes(logged.join(), "check the routes and the firewall of this machine");
      assertStringIncludes(
        logged.join(),
        'Cannot ping "no name" (bücher.invalid): its name cannot be resolved',
      );
    },
  });
}
