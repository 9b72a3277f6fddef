import { denoCommand } from "../harness/processes.ts";
import type { Suite, Variant } from "../harness/suite.ts";

// A network of its own, which needs no privileges.
const NETWORK = `
ip link set lo up
ip link add silent0 type veth peer name silent1
ip link set silent0 arp off up
ip link set silent1 up
ip addr add 10.66.0.1/16 dev silent0
exec "$@"`;

function variant(name: string, pinger: string, program: string): Variant {
  const flags = ["--allow-run=fping,ping,cat,sh", "--allow-env=LC_ALL"];
  return {
    name,
    needs: [program],
    command: [
      ...["unshare", "-rn", "sh", "-ec", NETWORK, "sh"],
      ...denoCommand("variants/ping.ts", flags, pinger),
    ],
  };
}

/** The ping bot beside fping. */
export const ping: Suite = {
  name: "ping",
  title: "Ping",
  about: "1,000 devices, all due at once, of which a fifth answers, with 3 packets each and a " +
    "timeout and a pause of 1 s, beside `fping -i1` with the same options. CPU includes that of " +
    "the programs that a bot starts. A wrong result is a device that answers and was reported as " +
    "down, or the reverse. The sandbox is in the process of the bot.",
  headings: ["machine", "pinged by"],
  cases: [
    { name: "as it is", args: ["1000", "0"], seconds: 8, rounds: 2 },
    { name: "with 4 busy loops", args: ["1000", "4"], seconds: 10, rounds: 1 },
  ],
  quickArgs: ["50", "0"],
  variants: [
    variant("`fping`", "fping", "fping"),
    variant("bot with `fping`", "bot-fping", "fping"),
    variant("bot with `ping`", "bot-ping", "ping"),
  ],
  figures: [
    { key: "seconds", title: "time for all", unit: "s", ratio: true },
    { key: "cpu", title: "CPU", unit: "s" },
    { key: "wrong", title: "wrong results" },
    { key: "held", title: "event loop held", unit: "ms" },
    { key: "rss", title: "peak RSS", unit: "MB" },
  ],
  reference: "`fping`",
  // A container may forbid what is installed.
  needs: ["unshare -rn true", "ip"],
};
