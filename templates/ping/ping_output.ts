/** What became of one packet. */
export type PingResult =
  /** An answer came; `rtt` is the round-trip time in seconds. */
  | { readonly status: "answered"; readonly rtt: number }
  /** The packet was sent, and no answer came in time. */
  | { readonly status: "lost" }
  /** No packet could be sent. `reason` says why and what to do, and can stand after "Cannot ping it as". */
  | { readonly status: "failed"; readonly reason: string };

// "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.278 ms", and nearly the same from the others. Behind it stands what is
// odd about an answer, such as "(BAD CHECKSUM!)": it does not count, unless all that is odd is the address it came from.
const ANSWER = /^\d+ bytes from .*\btime[=<](\d+(?:\.\d+)?) ?ms(?: \(DIFFERENT ADDRESS!\))?\s*$/m;
// Every ping that has sent something ends with "1 packets transmitted, 0 received, 100% packet loss".
const SUMMARY = /\bpackets? transmitted\b/;
const UNKNOWN_HOST =
  /not known|unknown host|bad address|name resolution|no address associated|address family|nodename nor servname/i;
const NO_PERMISSION = /socket.*(?:not permitted|permission denied)|are you root|lacking privilege/i;

/**
 * Reads what `ping` has written when it was told to send one packet (`-c 1 -n`, with `LC_ALL=C`).
 *
 * Knows the ping of Linux (iputils) and of BusyBox, macOS and the BSDs. Their exit codes differ, so only the text counts.
 *
 * @param host What was pinged.
 * @param stdout What it wrote to its standard output.
 * @param stderr What it wrote to its standard error.
 */
export function parsePingOutput(host: string, stdout: string, stderr: string): PingResult {
  const rtt = ANSWER.exec(stdout)?.[1];
  // Not divided by 1000, which would make 0.036 ms 0.000035999999999999994 s.
  if (rtt !== undefined) return { status: "answered", rtt: Number(`${rtt}e-3`) };
  if (SUMMARY.test(stdout)) return { status: "lost" };

  const said = stderr.split("\n").map((line) => line.replace(/^\S*ping6?: /, "").trim())
    .filter((line) => line !== "").join("; ") || "nothing";
  if (UNKNOWN_HOST.test(said)) {
    return {
      status: "failed",
      reason: `"${host}" is not known here (ping says: ${said}): correct the address of the ` +
        "device in Grafolean, or the name service of this machine",
    };
  }
  if (NO_PERMISSION.test(said)) {
    return {
      status: "failed",
      reason: `ping is not allowed to open a socket (it says: ${said}): give it the right with ` +
        "`setcap cap_net_raw+ep` on its file, or widen `sysctl net.ipv4.ping_group_range`",
    };
  }
  return {
    status: "failed",
    reason: `ping to "${host}" says: ${said}. Try it by hand on this machine`,
  };
}
