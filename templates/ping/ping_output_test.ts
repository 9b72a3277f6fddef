import { assertEquals, assertStringIncludes } from "@std/assert";
import { parsePingOutput } from "./ping_output.ts";

const ANSWERED: Readonly<Record<string, [stdout: string, rtt: number]>> = {
  "Linux, IPv4": [
    `PING localhost (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.036 ms

--- localhost ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.036/0.036/0.036/0.000 ms
`,
    0.000036,
  ],
  "Linux, IPv6": [
    `PING ::1(::1) 56 data bytes
64 bytes from ::1: icmp_seq=1 ttl=64 time=144 ms

--- ::1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 144.0/144.0/144.0/0.000 ms
`,
    0.144,
  ],
  "Linux, after a redirect": [
    `PING 10.9.0.1 (10.9.0.1) 56(84) bytes of data.
From 10.0.0.1 icmp_seq=1 Redirect Host(New nexthop: 10.0.0.2)
64 bytes from 10.9.0.1: icmp_seq=1 ttl=63 time=1.50 ms

--- 10.9.0.1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
`,
    0.0015,
  ],
  "Linux, from another address of the device": [
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=2.00 ms (DIFFERENT ADDRESS!)

--- 10.0.0.1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
`,
    0.002,
  ],
  "BusyBox": [
    `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.062 ms

--- 127.0.0.1 ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
round-trip min/avg/max = 0.062/0.062/0.062 ms
`,
    0.000062,
  ],
  "macOS": [
    `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: icmp_seq=0 ttl=64 time=0.049 ms

--- 127.0.0.1 ping statistics ---
1 packets transmitted, 1 packets received, 0.0% packet loss
round-trip min/avg/max/stddev = 0.049/0.049/0.049/0.000 ms
`,
    0.000049,
  ],
  "FreeBSD, IPv6": [
    `PING(56=40+8+8 bytes) ::1 --> ::1
16 bytes from ::1, icmp_seq=0 hlim=64 time=0.250 ms

--- ::1 ping statistics ---
1 packets transmitted, 1 packets received, 0.0% packet loss
round-trip min/avg/max/stddev = 0.250/0.250/0.250/0.000 ms
`,
    0.00025,
  ],
};

for (const [name, [stdout, rtt]] of Object.entries(ANSWERED)) {
  Deno.test(`parsePingOutput finds the round-trip time: ${name}`, () => {
    const result = parsePingOutput("device", stdout, "");
    assertEquals(result, { status: "answered", rtt });
  });
}

const LOST: Readonly<Record<string, [stdout: string, stderr: string]>> = {
  "Linux, no answer": [
    `PING 10.1.1.1 (10.1.1.1) 56(84) bytes of data.

--- 10.1.1.1 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time 0ms

`,
    "",
  ],
  "Linux, destination host unreachable": [
    `PING 10.2.0.9 (10.2.0.9) 56(84) bytes of data.
From 10.2.0.1 icmp_seq=1 Destination Host Unreachable

--- 10.2.0.9 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms

`,
    "",
  ],
  "Linux, a local firewall": [
    `PING 10.2.0.9 (10.2.0.9) 56(84) bytes of data.

--- 10.2.0.9 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time 0ms

`,
    "ping: sendmsg: Operation not permitted\n",
  ],
  "Linux, a corrupted answer": [
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=2.00 ms (BAD CHECKSUM!)

--- 10.0.0.1 ping statistics ---
1 packets transmitted, 0 received, +1 corrupted, 100% packet loss, time 0ms
`,
    "",
  ],
  "Linux, only the duplicate of an older answer": [
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=2.00 ms (DUP!)

--- 10.0.0.1 ping statistics ---
1 packets transmitted, 0 received, +1 duplicates, 100% packet loss, time 0ms
`,
    "",
  ],
  "BusyBox": [
    `PING 10.1.1.1 (10.1.1.1): 56 data bytes

--- 10.1.1.1 ping statistics ---
1 packets transmitted, 0 packets received, 100% packet loss
`,
    "",
  ],
  "macOS": [
    `PING 10.1.1.1 (10.1.1.1): 56 data bytes

--- 10.1.1.1 ping statistics ---
1 packets transmitted, 0 packets received, 100.0% packet loss
`,
    "ping: sendto: No route to host\n",
  ],
};

for (const [name, [stdout, stderr]] of Object.entries(LOST)) {
  Deno.test(`parsePingOutput recognizes a lost packet: ${name}`, () => {
    assertEquals(parsePingOutput("device", stdout, stderr), { status: "lost" });
  });
}

const UNKNOWN = '"router" cannot be resolved';
const NOT_ALLOWED = "setcap cap_net_raw";
const OTHER = "try it by hand";

const FAILED: Readonly<Record<string, [stderr: string, advice: string]>> = {
  "Linux, unknown name": ["ping: router: Name or service not known\n", UNKNOWN],
  "Linux, no name server": ["ping: router: Temporary failure in name resolution\n", UNKNOWN],
  "Linux, name without address": ["ping: router: No address associated with hostname\n", UNKNOWN],
  "Linux, old": ["ping: unknown host router\n", UNKNOWN],
  "BusyBox, unknown name": ["ping: bad address 'router'\n", UNKNOWN],
  "macOS, unknown name": ["ping: cannot resolve router: Unknown host\n", UNKNOWN],
  "Linux, no permission": [
    "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n" +
    "ping: => missing cap_net_raw+p capability or setuid?\n",
    NOT_ALLOWED,
  ],
  "Linux, old, no permission": ["ping: icmp open socket: Operation not permitted\n", NOT_ALLOWED],
  "BusyBox, no permission": ["ping: permission denied (are you root?)\n", NOT_ALLOWED],
  "Linux, no route": ["ping: connect: Network is unreachable\n", OTHER],
  "Linux, refused for another reason": ["ping: connect: Permission denied\n", OTHER],
  "BusyBox, cannot do fractions": ["ping: invalid number '0.5'\n", OTHER],
  "no output": ["", OTHER],
};

for (const [name, [stderr, advice]] of Object.entries(FAILED)) {
  Deno.test(`parsePingOutput says what to do: ${name}`, () => {
    const result = parsePingOutput("router", "", stderr);
    assertEquals(result.status, "failed");
    if (result.status !== "failed") return;
    assertStringIncludes(result.reason, advice);
    const [message = ""] = stderr.split("\n").map((line) => line.replace("ping: ", ""));
    assertStringIncludes(result.reason, message || "no output");
    assertEquals(result.reason.includes("\n"), false);
  });
}
