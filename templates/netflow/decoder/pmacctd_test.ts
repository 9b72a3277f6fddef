import { assert, assertEquals } from "@std/assert";
import { receivePackets } from "../receiver.ts";
import { type CapturedPacket, ipLength, pcapFile } from "../testing/capture.ts";
import { testDecoder } from "../testing/decode.ts";
import { whenSettled } from "../testing/softflowd.ts";

const HAS_PMACCTD = await (async () => {
  try {
    const { success } = await new Deno.Command("pmacctd", { args: ["-V"] }).output();
    return success;
  } catch {
    return false;
  }
})();

/** Each packet has its own length. Few enough for the kernel's buffer, as pmacctd sends them at once. */
const CAPTURE: readonly CapturedPacket[] = Array.from({ length: 60 }, (_, n) => {
  const prefix = n % 4 === 0 ? "2001:db8::" : "192.0.2.";
  const protocol = [6, 17, 1][n % 3]!;
  return {
    source: `${prefix}1`,
    destination: `${prefix}${2 + n % 7}`,
    protocol,
    ...(protocol === 1 ? {} : { sourcePort: 1024 + n, destinationPort: 443 }),
    payload: 100 * n,
    at: n / 1000,
  };
});

/** Returns the length of a packet with the header and the checksum of Ethernet. */
function frameLength(packet: CapturedPacket): number {
  return 14 + ipLength(packet) + 4;
}

/** Returns the datagrams that pmacctd sends for a capture, of which it samples nearly every packet. */
async function sflowDatagrams(capture: readonly CapturedPacket[]): Promise<Uint8Array[]> {
  const datagrams: Uint8Array[] = [];
  await using receiver = await receivePackets(
    { hostname: "127.0.0.1", port: 0 },
    (packet) => datagrams.push(packet.slice()),
  );
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${directory}/pcap`, pcapFile(capture));
    const config = `
      pcap_savefile: ${directory}/pcap
      plugins: sfprobe
      sfprobe_receiver: 127.0.0.1:${receiver.port}
      sfprobe_agentip: 10.0.0.254
      sampling_rate: 1
    `.replaceAll(/^ +/gm, "");
    await Deno.writeTextFile(`${directory}/config`, config);
    await new Deno.Command("pmacctd", { args: ["-f", `${directory}/config`] }).output();
    await whenSettled(() => datagrams.length);
    return datagrams;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: "decodeSflow decodes the packets that pmacctd samples (needs pmacctd)",
  ignore: !HAS_PMACCTD,
  async fn() {
    const decode = testDecoder();
    const results = (await sflowDatagrams(CAPTURE)).map((datagram) => decode(datagram));
    for (const { lost, malformed, undecodable } of results) {
      assertEquals([lost, malformed, undecodable], [0, 0, 0]);
    }
    const flows = results.flatMap((result) => result.flows);
    // On a busy machine, pmacctd ends before it has sampled all.
    assert(flows.length > 0, "no flows");
    const lengths = new Set(flows.map(({ bytes }) => bytes));
    const sampled = CAPTURE.filter((packet) => lengths.has(frameLength(packet)));
    const expected = sampled.map((packet) => ({
      source: packet.source,
      destination: packet.destination,
      protocol: packet.protocol,
      sourcePort: packet.sourcePort ?? -1,
      destinationPort: packet.destinationPort ?? -1,
      bytes: frameLength(packet),
      isEgress: false,
      input: -1,
      output: -1,
    }));
    assertEquals(flows, expected);
  },
});
