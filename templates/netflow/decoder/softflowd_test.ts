import { assert, assertEquals } from "@std/assert";
import { Decoder } from "./decoder.ts";
import { type PlainFlow, plainFlow } from "../testing/decode.ts";
import { type CapturedPacket, ipLength } from "../testing/capture.ts";
import { HAS_SOFTFLOWD, softflowdPackets } from "../testing/softflowd.ts";

/** Hundreds of conversations over IPv4 and IPv6: TCP, UDP and ICMP, one to six packets each. */
const CAPTURE: readonly CapturedPacket[] = Array.from({ length: 1500 }, (_, n) => {
  const ipv6 = n % 5 === 0;
  const flow = n % 431;
  const protocol = flow % 3 === 0 ? 17 : flow % 11 === 0 ? (ipv6 ? 58 : 1) : 6;
  return {
    source: ipv6 ? `2001:db8::${(1 + flow % 100).toString(16)}` : `10.0.${flow % 3}.${flow % 50}`,
    destination: ipv6 ? "2001:db8:1::ffff" : `192.168.1.${flow % 20}`,
    protocol,
    ...(protocol === 6 || protocol === 17
      ? { sourcePort: 1024 + flow, destinationPort: [80, 443, 53][flow % 3]! }
      : {}),
    payload: (n * 7919) % 1400,
    at: n / 100,
  };
});

type Sums = Record<string, number>;

/** Sums up bytes by source, destination and protocol. */
function sumUp(
  parts: Iterable<Pick<PlainFlow, "source" | "destination" | "protocol" | "bytes">>,
): Sums {
  const sums: Sums = {};
  for (const { source, destination, protocol, bytes } of parts) {
    const key = `${source} > ${destination} (${protocol})`;
    sums[key] = (sums[key] ?? 0) + bytes;
  }
  return sums;
}

function decodeAll(packets: readonly Uint8Array[]): { flows: PlainFlow[]; lost: number } {
  const decoder = new Decoder();
  const flows: PlainFlow[] = [];
  for (const packet of packets) {
    decoder.decode(packet, 0, (flow) => void flows.push(plainFlow(flow)));
  }
  const { lost, ...counts } = decoder.counts;
  assertEquals(counts, {
    packets: packets.length,
    flows: flows.length,
    malformed: 0,
    undecodable: 0,
  });
  return { flows, lost };
}

const captured = (capture: readonly CapturedPacket[]) =>
  sumUp(capture.map((packet) => ({ ...packet, bytes: ipLength(packet) })));

for (const [version, name] of [[5, "v5"], [9, "v9"], [10, "IPFIX"]] as const) {
  Deno.test({
    name: `Decoder decodes exactly what softflowd captured, in ${name} (needs softflowd)`,
    ignore: !HAS_SOFTFLOWD,
    async fn() {
      const { flows, lost } = decodeAll(await softflowdPackets(CAPTURE, version));
      // v5 has no IPv6.
      const expected = CAPTURE.filter(({ source }) => version !== 5 || !source.includes(":"));
      assert(flows.length > 300, `${flows.length} flows`);
      assertEquals(sumUp(flows), captured(expected));
      assertEquals(lost, 0);
    },
  });

  Deno.test({
    name: `Decoder invents no loss for two softflowds on one host, in ${name} (needs softflowd)`,
    ignore: !HAS_SOFTFLOWD,
    async fn() {
      const [a, b] = await Promise.all([
        softflowdPackets(CAPTURE, version),
        softflowdPackets(CAPTURE.slice(0, 1000), version),
      ]);
      const both = a.flatMap((packet, n) => [packet, ...b.slice(n, n + 1)]);
      const { flows, lost } = decodeAll(both);
      assert(flows.length > 600, `${flows.length} flows`);
      assertEquals(lost, 0);
    },
  });

  Deno.test({
    name: `Decoder multiplies flows sampled by softflowd, in ${name} (needs softflowd)`,
    ignore: !HAS_SOFTFLOWD,
    async fn() {
      // Packets of equal size, so that those sampled stand exactly for those skipped.
      const capture = Array.from({ length: 1000 }, (_, n): CapturedPacket => ({
        source: "10.0.0.1",
        destination: "10.0.0.2",
        protocol: 17,
        sourcePort: 1000 + n % 50,
        destinationPort: 53,
        payload: 100,
        at: n / 100,
      }));
      const { flows } = decodeAll(await softflowdPackets(capture, version, ["-s", "10"]));
      assertEquals(sumUp(flows), captured(capture));
    },
  });
}

Deno.test({
  name: "Decoder decodes both directions of biflows of softflowd in IPFIX (needs softflowd)",
  ignore: !HAS_SOFTFLOWD,
  async fn() {
    const capture = CAPTURE.flatMap((packet) => [packet, {
      ...packet,
      source: packet.destination,
      destination: packet.source,
      ...(packet.sourcePort === undefined ? {} : {
        sourcePort: packet.destinationPort!,
        destinationPort: packet.sourcePort,
      }),
      payload: 1,
      at: packet.at + 0.001,
    }]);
    const { flows } = decodeAll(await softflowdPackets(capture, 10, ["-b"]));
    assertEquals(sumUp(flows), captured(capture));
  },
});
