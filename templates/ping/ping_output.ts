/** The outcome of one packet. */
export type PingResult =
  /** The packet was answered; `rtt` is the round-trip time in seconds. */
  | { readonly status: "answered"; readonly rtt: number }
  /** The packet was sent, but not answered in time. */
  | { readonly status: "lost" }
  /** No packet could be sent. `reason` says why and what to do; it completes "Cannot ping X as …". */
  | { readonly status: "failed"; readonly reason: string };

// "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.278 ms", and much the same on other systems. An answer with a note after
// it, such as "(BAD CHECKSUM!)", does not count, unless the note is only about the address it came from.
const ANSWER = /^\d+ bytes from .*\btime[=<](\d+(?:\.\d+)?) ?ms(?: \(DIFFERENT ADDRESS!\))?\s*$/m;
// Once a packet is sent, the output ends with "1 packets transmitted, 0 received, 100% packet loss".
const SUMMARY = /\bpackets? transmitted\b/;
const UNKNOWN_HOST =
  /not known|unknown host|bad address|name resolution|no address associated|address family|nodename nor servname/i;
const NO_PERMISSION = /socket.*(?:not permitted|permission denied)|are you root|lacking privilege/i;

/**
 * Parses the output of `ping -n -c 1` under `LC_ALL=C`: of Linux (iputils), BusyBox, macOS and the BSDs. Their exit codes
 * differ, so only the text counts.
 *
 * @param host The host that was pinged.
 */
export function parsePingOutput(host: string, stdout: string, stderr: string): PingResult {
  const rtt = ANSWER.exec(stdout)?.[1];
  // Dividing by 1000 would turn 0.036 ms into 0.000035999999999999994 s.
  if (rtt !== undefined) return { status: "answered", rtt: Number(`${rtt}e-3`) };
  if (SUMMARY.test(stdout)) return { status: "lost" };

  const message = stderr.split("\n").map((line) => line.replace(/^\S*ping6?: /, "").trim())
    .filter((line) => line !== "").join("; ") || "no output";
  if (UNKNOWN_HOST.test(message)) {
    return {
      status: "failed",
      reason:
        `"${host}" cannot be resolved (ping: ${message}): correct the address of the device ` +
        "in Grafolean, or fix DNS on this machine",
    };
  }
  if (NO_PERMISSION.test(message)) {
    return {
      status: "failed",
      reason:
        `ping may not open a socket (${message}): run \`setcap cap_net_raw+ep\` on its file, ` +
        "or widen `sysctl net.ipv4.ping_group_range`",
    };
  }
  return {
    status: "failed",
    reason: `ping to "${host}" failed (${message}): try it by hand on this machine`,
  };
}
