// The bot with real programs, in a network of its own: 127.0.0.0/8 answers, packets to 10.66.0.0/16 are sent and vanish,
// and there is no route to anything else.

import { assertEquals, assertStringIncludes } from "@std/assert";

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
      assertEquals(values, { "alive": 1, "alive twin": 1, "alive name": 1, "silent": 0 });
      assertEquals(logged.length, 2);
      const lines = logged.join("\n");
      assertStringIncludes(lines, 'Cannot ping "no route" (10.99.0.1): ');
      assertStringIncludes(lines, "check the routes and the firewall of this machine");
      assertStringIncludes(lines, 'Cannot ping "no name" (bücher.invalid): its name cannot be');
    },
  });
}
