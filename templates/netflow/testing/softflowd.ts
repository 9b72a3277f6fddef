import { receivePackets } from "../receiver.ts";
import { type CapturedPacket, pcapFile } from "./capture.ts";

/** Whether `softflowd` is installed. */
export const HAS_SOFTFLOWD: boolean = await (async () => {
  try {
    return (await new Deno.Command("softflowd", { args: ["-h"], stderr: "null", stdout: "null" })
      .output()).code >= 0;
  } catch {
    return false;
  }
})();

/**
 * Runs softflowd on a capture. It sends the flows to a local port.
 *
 * @param version 5, 9, or 10 for IPFIX.
 * @param args Additional arguments of softflowd.
 */
export async function runSoftflowd(
  capture: readonly CapturedPacket[],
  port: number,
  version: number,
  args: readonly string[] = [],
): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    await Deno.writeFile(file, pcapFile(capture));
    const { success, stderr } = await new Deno.Command("softflowd", {
      // Without "-c none" it hangs at the end; "-d" keeps it in the foreground.
      args: [
        ["-r", file, "-n", `127.0.0.1:${port}`, "-v", `${version}`],
        ["-d", "-c", "none", "-p", `${file}.pid`],
        args,
      ].flat(),
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`softflowd: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(file);
    await Deno.remove(`${file}.pid`).catch(() => {});
  }
}

/** Returns the packets that softflowd sends for a capture. */
export async function softflowdPackets(
  capture: readonly CapturedPacket[],
  version: number,
  args: readonly string[] = [],
): Promise<Uint8Array[]> {
  const packets: Uint8Array[] = [];
  await using receiver = await receivePackets(
    { hostname: "127.0.0.1", port: 0 },
    (packet) => packets.push(packet.slice()),
  );
  await runSoftflowd(capture, receiver.port, version, args);
  // On loopback all packets are queued by now. Wait until the queue is drained.
  await whenSettled(() => packets.length);
  return packets;
}

/** Waits until a count has stayed the same for 10 turns of the event loop in a row, of 20 ms or more each. */
export async function whenSettled(count: () => number): Promise<void> {
  for (let turns = 0, before = -1; turns < 10; turns++) {
    if (count() !== before) turns = 0;
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
