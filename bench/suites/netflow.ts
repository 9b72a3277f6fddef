import { denoCommand } from "../harness/processes.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";

const NET = ["--allow-net=127.0.0.1", "--unstable-net"];
const SECONDS = 2;

function load(conversations: number, perSecond: number, pauseMs: number, how = ""): Case {
  const [many, rate] = [conversations, perSecond].map((count) => count.toLocaleString("en"));
  return {
    name: `${many} conversations, ${rate}/s${how}`,
    args: [`${conversations}`, `${perSecond}`, `${pauseMs}`, `${SECONDS}`],
    seconds: SECONDS + 2,
    rounds: 2,
  };
}

function variant(name: string, receiver: string, ...needs: string[]): Variant {
  const flags = [...NET, "--allow-read", "--allow-write", "--allow-run=nfcapd,cat"];
  return {
    name,
    needs,
    command: denoCommand("variants/netflow.ts", flags, receiver),
  };
}

/** The NetFlow bot beside nfcapd. */
export const netflow: Suite = {
  name: "netflow",
  title: "NetFlow",
  about: "NetFlow v9 over loopback, 30 flows in each packet, 8 interfaces and conversations that " +
    "are all equally often, with the default buffer of the kernel. Packets come in a burst every " +
    "millisecond or, where the table says so, one by one or 500 at once. The receiver that drops " +
    "them is the bot's own. `nfcapd` writes the flows to a file, and its CPU includes its start " +
    "and end.",
  headings: ["packets", "received by"],
  cases: [
    load(30, 10_000, 1),
    load(20_000, 10_000, 1),
    load(20_000, 20_000, 1),
    load(20_000, 5_000, 0, ", one by one"),
    load(20_000, 10_000, 50, ", 500 at once"),
  ],
  quickArgs: ["30", "10000", "1", "0.2"],
  variants: [
    variant("receive and drop", "nothing"),
    variant("bot", "bot"),
    variant("`nfcapd`", "nfcapd", "nfcapd"),
  ],
  figures: [
    { key: "cpu", title: "CPU per packet", unit: "µs", ratio: true },
    { key: "lost", title: "lost", unit: "%" },
  ],
  reference: "`nfcapd`",
  server: denoCommand("servers/netflow.ts", NET),
};
