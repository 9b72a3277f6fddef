import { ConfigError } from "@grafolean/collector";
import { isIP } from "node:net";
import type { PacketResult, PingRequest } from "./pinger.ts";
import type { ProgramRun } from "./program.ts";

// "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.278 ms", and much the same on other systems. An answer with a note after
// it, such as "(DUP!)" or "(BAD CHECKSUM!)", does not count, unless the note is only about the address it came from.
const ANSWER =
  /^\d+ bytes from .*seq=(\d+) .*\btime[=<](\d+(?:\.\d+)?) ?ms(?: \(DIFFERENT ADDRESS!\))?\s*$/gm;
// "3 packets transmitted, 2 received, +1 errors, 33% packet loss", or "2 packets received" where packets are counted from 0.
const SUMMARY = /^(\d+) packets? transmitted, \d+( packets)? received/m;
// "ping: sendmsg: Operation not permitted". Outside of Linux, some errors mean that the device does not answer ARP.
const SEND_ERROR = /\bsend(?:msg|to): (?!No route to host|Host is down)(.*)/;
const UNKNOWN_HOST =
  /not known|unknown host|bad address|name resolution|no address associated|address family|nodename nor servname|not correctly encoded/i;
const NO_PERMISSION = /socket.*(?:not permitted|permission denied)|are you root|lacking privilege/i;

/**
 * Parses the output of `ping -n -c N` under `LC_ALL=C`: of Linux (iputils), BusyBox, macOS and the BSDs. Their exit codes
 * differ, so only the text counts.
 *
 * @returns One result per packet. An answer that took longer than the timeout is lost.
 * @throws {ConfigError} If ping has no permission to send.
 * @throws {Error} If not all packets were sent. The message says why and what to do.
 */
export function parsePingOutput(
  { stdout, stderr }: Pick<ProgramRun, "stdout" | "stderr">,
  { host, packets, timeout }: Pick<PingRequest, "host" | "packets" | "timeout">,
): PacketResult[] {
  const [, sent, countsFromZero] = SUMMARY.exec(stdout) ?? [];
  if (sent === undefined) throw failure(host, stderr);
  const sendError = SEND_ERROR.exec(stderr)?.[1];
  if (sendError !== undefined) {
    throw new Error(
      `ping could not send to it (${sendError}): check the routes and the firewall of this machine`,
    );
  }
  if (Number(sent) < packets) throw new Error(`ping ended after ${sent} of ${packets} packets`);
  const results: PacketResult[] = new Array(packets).fill("lost");
  for (const [, number, ms] of stdout.matchAll(ANSWER)) {
    const index = Number(number) - (countsFromZero ? 0 : 1);
    // Dividing by 1000 would turn 0.036 ms into 0.000035999999999999994 s.
    const rtt = Number(`${ms}e-3`);
    if (index in results && rtt <= timeout) results[index] = rtt;
  }
  return results;
}

/** Returns the error for an output without a summary. */
function failure(host: string, stderr: string): Error {
  const message = stderr.split("\n").map((line) => line.replace(/^\S*ping6?: /, "").trim())
    .filter((line) => line !== "").join("; ") || "no output";
  if (NO_PERMISSION.test(message)) {
    return new ConfigError([
      `ping may not open a socket (${message}): run \`setcap cap_net_raw+ep\` on its file, ` +
      "or widen `sysctl net.ipv4.ping_group_range`",
    ]);
  }
  if (isIP(host) === 0 && UNKNOWN_HOST.test(message)) {
    return new Error(
      `its name cannot be resolved (${message}): correct the address of the device in Grafolean, or check ` +
        "the name servers of this machine",
    );
  }
  const isRoute = /^(?:connect|sendto|sending packet): /.test(message);
  const advice = isRoute ? "check the routes and the firewall of" : "try it by hand on";
  return new Error(`ping failed (${message}): ${advice} this machine`);
}
