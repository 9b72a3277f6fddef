import { isIP } from "node:net";
import type { PacketResult } from "./pinger.ts";
import type { ProgramRun } from "./program.ts";

// "10.0.0.1  : [0], 64 bytes, 0.036 ms (0.036 avg, 0% loss)" or "10.0.0.1  : [0], timed out (NaN avg, 100% loss)"
const PACKET = /^(\S+) *: \[(\d+)\], (?:timed out|\d+ bytes, ([\d.]+) ms) \(/;
// "fe80::1%eth9: Name or service not known" or "fping: can't create socket"; not the summary, which is "10.0.0.1 : 0.036 -"
const COMPLAINT = /^(\S+): ./;

/** What a `fping -C` has printed. */
export interface FpingOutput {
  /** The results of the packets by address. A packet that could not be sent has none. */
  readonly results: ReadonlyMap<string, readonly PacketResult[]>;
  /** What it complains about, by address; under `""` what is about none. */
  readonly complaints: ReadonlyMap<string, string>;
}

/**
 * Parses the output of `fping -C`, version 5.
 *
 * @param timeout How long an answer may have taken, in seconds. fping may have waited longer.
 */
export function parseFpingOutput(
  { stdout, stderr }: Pick<ProgramRun, "stdout" | "stderr">,
  timeout: number,
): FpingOutput {
  const results = new Map<string, PacketResult[]>();
  // What follows the last line end is half a line.
  for (const line of stdout.split("\n").slice(0, -1)) {
    const [, address, index, ms] = PACKET.exec(line) ?? [];
    if (address === undefined) continue;
    let packets = results.get(address);
    if (packets === undefined) results.set(address, packets = []);
    // Dividing by 1000 would turn 0.036 ms into 0.000035999999999999994 s.
    const rtt = ms === undefined ? Infinity : Number(`${ms}e-3`);
    // fping reads an answer late, after it has given the packet up, if it had to wait for the CPU.
    if (typeof packets[Number(index)] === "number") continue;
    packets[Number(index)] = rtt <= timeout ? rtt : "lost";
  }
  const complaints = new Map<string, string>();
  for (const line of stderr.split("\n")) {
    const [, subject] = COMPLAINT.exec(line) ?? [];
    if (subject !== undefined) complaints.set(isIP(subject) === 0 ? "" : subject, line);
  }
  return { results, complaints };
}
