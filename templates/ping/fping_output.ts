import { isIP } from "node:net";
import type { PacketResult } from "./pinger.ts";

// "10.0.0.1  : [0], 64 bytes, 0.036 ms (0.036 avg, 0% loss)" or "10.0.0.1  : [0], timed out (NaN avg, 100% loss)"
const PACKET = /^(\S+) *: \[(\d+)\], (?:timed out|\d+ bytes, ([\d.]+) ms) \(/;
// "10.0.0.1  : 0.036 - 0.041", the summary of an address.
const SUMMARY = /^(\S+) *:((?: -| [\d.e+-]+)*)$/;
// "ICMP Host Unreachable from 10.0.0.254 for ICMP Echo sent to 10.0.0.9", or " [<- 10.0.0.2]" for another address that answers.
const NOTE = /^$|\bfor ICMP Echo sent to\b|\[<- /;

/** What a `fping -C` has printed. */
export interface FpingOutput {
  /** The results of the packets by address. A packet that could not be sent has none. */
  readonly results: ReadonlyMap<string, readonly PacketResult[]>;
  /** The number of packets that are in the summary, by address; all of them, unless fping was interrupted. */
  readonly counts: ReadonlyMap<string, number>;
  /** What it complains about, by address, such as `"fe80::1%eth9: Name or service not known"`. */
  readonly complaints: ReadonlyMap<string, string>;
  /** What else it complains about, such as `"fping: can't create socket (must run as root?)"`. */
  readonly complaint: string | undefined;
}

/**
 * Parses the output of `fping -C`, version 5.
 *
 * @param timeout How long an answer may have taken, in seconds. fping may have waited longer.
 */
export function parseFpingOutput(
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
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
  const counts = new Map<string, number>();
  const complaints = new Map<string, string>();
  let complaint: string | undefined;
  for (const line of stderr.split("\n")) {
    const [, address, columns = ""] = SUMMARY.exec(line) ?? [];
    const subject = line.split(": ", 1)[0]!;
    if (address !== undefined) counts.set(address, columns.split(" ").length - 1);
    else if (isIP(subject) !== 0) complaints.set(subject, line);
    else if (!NOTE.test(line)) complaint = line;
  }
  return { results, counts, complaints, complaint };
}
