import { ConfigError } from "@grafolean/collector";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parsePingOutput } from "./ping_output.ts";
import type { PacketResult } from "./pinger.ts";

function parse(stdout: string, stderr = "", host = "router"): PacketResult[] {
  return parsePingOutput({ stdout, stderr }, { host, packets: 3, timeout: 1 });
}

const OUTPUTS: Readonly<Record<string, [results: PacketResult[], stdout: string]>> = {
  "Linux, IPv4": [
    [0.000029, 0.000045, 0.000043],
    `PING localhost (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.029 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.045 ms
64 bytes from 127.0.0.1: icmp_seq=3 ttl=64 time=0.043 ms

--- localhost ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 404ms
rtt min/avg/max/mdev = 0.029/0.039/0.045/0.007 ms
`,
  ],
  "Linux, IPv6, the first and the last packet lost": [
    ["lost", 0.144, "lost"],
    `PING fd00::1(fd00::1) 56 data bytes
64 bytes from fd00::1: icmp_seq=2 ttl=64 time=144 ms

--- fd00::1 ping statistics ---
3 packets transmitted, 1 received, 66.6667% packet loss, time 2031ms
rtt min/avg/max/mdev = 144.000/144.000/144.000/0.000 ms
`,
  ],
  "Linux, no answer": [
    ["lost", "lost", "lost"],
    `PING 10.1.1.1 (10.1.1.1) 56(84) bytes of data.

--- 10.1.1.1 ping statistics ---
3 packets transmitted, 0 received, 100% packet loss, time 2052ms

`,
  ],
  "Linux, destination host unreachable": [
    ["lost", "lost", "lost"],
    `PING 10.88.0.9 (10.88.0.9) 56(84) bytes of data.
From 10.88.0.1 icmp_seq=1 Destination Host Unreachable
From 10.88.0.1 icmp_seq=2 Destination Host Unreachable

--- 10.88.0.9 ping statistics ---
3 packets transmitted, 0 received, +2 errors, 100% packet loss, time 2057ms
pipe 2
`,
  ],
  "Linux, after a redirect": [
    [0.0015, 0.0016, 0.0017],
    `PING 10.9.0.1 (10.9.0.1) 56(84) bytes of data.
From 10.0.0.1 icmp_seq=1 Redirect Host(New nexthop: 10.0.0.2)
64 bytes from 10.9.0.1: icmp_seq=1 ttl=63 time=1.50 ms
64 bytes from 10.9.0.1: icmp_seq=2 ttl=63 time=1.60 ms
64 bytes from 10.9.0.1: icmp_seq=3 ttl=63 time=1.70 ms

--- 10.9.0.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 2003ms
`,
  ],
  "Linux, from another address of the device": [
    [0.002, 0.002, 0.002],
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=2.00 ms (DIFFERENT ADDRESS!)
64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=2.00 ms (DIFFERENT ADDRESS!)
64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=2.00 ms (DIFFERENT ADDRESS!)

--- 10.0.0.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 2003ms
`,
  ],
  "Linux, duplicates": [
    [0.002, "lost", 0.003],
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=2.00 ms
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=9.00 ms (DUP!)
64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=2.00 ms (DUP!)
64 bytes from 10.0.0.1: icmp_seq=3 ttl=64 time=3.00 ms

--- 10.0.0.1 ping statistics ---
3 packets transmitted, 2 received, +2 duplicates, 33.3333% packet loss, time 2003ms
`,
  ],
  "Linux, corrupted answers": [
    [0.001, "lost", "lost"],
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.00 ms
64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=2.00 ms (BAD CHECKSUM!)

--- 10.0.0.1 ping statistics ---
3 packets transmitted, 1 received, +1 corrupted, 66.6667% packet loss, time 2003ms
`,
  ],
  "Linux, answers in another order, and one too late": [
    ["lost", 0.9, 0.001],
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=3 ttl=64 time=1.00 ms
64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=900 ms
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1900 ms

--- 10.0.0.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 2003ms
rtt min/avg/max/mdev = 1.000/933.667/1900.000/775.600 ms, pipe 3
`,
  ],
  "BusyBox": [
    ["lost", 0.000047, 0.000043],
    `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=1 ttl=64 time=0.047 ms
64 bytes from 127.0.0.1: seq=2 ttl=64 time=0.043 ms

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 2 packets received, 33% packet loss
round-trip min/avg/max = 0.043/0.045/0.047 ms
`,
  ],
  "GNU inetutils": [
    [0.000041, 0.000054, 0.000053],
    `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: icmp_seq=0 ttl=64 time=0.041 ms
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.054 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.053 ms
--- 127.0.0.1 ping statistics ---
3 packets transmitted, 3 packets received, 0% packet loss
round-trip min/avg/max/stddev = 0.041/0.049/0.054/0.000 ms
`,
  ],
  "macOS": [
    [0.000049, "lost", 0.000084],
    `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: icmp_seq=0 ttl=64 time=0.049 ms
Request timeout for icmp_seq 1
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.084 ms

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 2 packets received, 33.3% packet loss
round-trip min/avg/max/stddev = 0.049/0.067/0.084/0.018 ms
`,
  ],
  "FreeBSD, IPv6": [
    [0.00025, 0.000125, "lost"],
    `PING(56=40+8+8 bytes) ::1 --> ::1
16 bytes from ::1, icmp_seq=0 hlim=64 time=0.250 ms
16 bytes from ::1, icmp_seq=1 hlim=64 time=0.125 ms

--- ::1 ping statistics ---
3 packets transmitted, 2 packets received, 33.3% packet loss
round-trip min/avg/max/stddev = 0.125/0.187/0.250/0.062 ms
`,
  ],
};

for (const [name, [results, stdout]] of Object.entries(OUTPUTS)) {
  Deno.test(`parsePingOutput finds the results of all packets: ${name}`, () => {
    assertEquals(parse(stdout), results);
  });
}

Deno.test("parsePingOutput takes a device for down that does not answer ARP on macOS", () => {
  const stdout = `PING 10.1.1.1 (10.1.1.1): 56 data bytes
Request timeout for icmp_seq 0

--- 10.1.1.1 ping statistics ---
3 packets transmitted, 0 packets received, 100.0% packet loss
`;
  const stderr = "ping: sendto: No route to host\nping: sendto: Host is down\n";
  assertEquals(parse(stdout, stderr), ["lost", "lost", "lost"]);
});

const NOT_SENT: Readonly<Record<string, [stdout: string, stderr: string, message: string]>> = {
  "a local firewall": [
    `PING 10.2.0.9 (10.2.0.9) 56(84) bytes of data.

--- 10.2.0.9 ping statistics ---
3 packets transmitted, 0 received, 100% packet loss, time 2003ms

`,
    "ping: sendmsg: Operation not permitted\n",
    "ping could not send to it (Operation not permitted): check the routes and the firewall",
  ],
  "full buffers for one packet": [
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.00 ms
64 bytes from 10.0.0.1: icmp_seq=3 ttl=64 time=1.00 ms

--- 10.0.0.1 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time 2003ms
`,
    "ping: sendmsg: No buffer space available\n",
    "ping could not send to it (No buffer space available)",
  ],
  "stopped by SIGINT": [
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.00 ms

--- 10.0.0.1 ping statistics ---
2 packets transmitted, 1 received, 50% packet loss, time 1001ms
rtt min/avg/max/mdev = 1.000/1.000/1.000/0.000 ms
`,
    "",
    "ping ended after 2 of 3 packets",
  ],
  "half an output": [
    `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.0`,
    "",
    "ping failed (no output): try it by hand on this machine",
  ],
  "the route lost": ["", "ping: connect: Network is unreachable\n", "check the routes"],
};

for (const [name, [stdout, stderr, message]] of Object.entries(NOT_SENT)) {
  Deno.test(`parsePingOutput throws if not all packets were sent: ${name}`, () => {
    const error = assertThrows(() => parse(stdout, stderr), Error);
    assertStringIncludes(error.message, message);
  });
}

const UNKNOWN = "its name cannot be resolved";
const NOT_ALLOWED = "setcap cap_net_raw";
const ROUTE = "check the routes and the firewall of this machine";
const OTHER = "try it by hand";

const FAILED: Readonly<Record<string, [stderr: string, advice: string]>> = {
  "Linux, unknown name": ["ping: router: Name or service not known\n", UNKNOWN],
  "Linux, no name server": ["ping: router: Temporary failure in name resolution\n", UNKNOWN],
  "Linux, name without address": ["ping: router: No address associated with hostname\n", UNKNOWN],
  "Linux, name without IPv6 address": [
    "ping: router: Address family for hostname not supported\n",
    UNKNOWN,
  ],
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
  "Linux, no route": ["ping: connect: Network is unreachable\n", ROUTE],
  "Linux, refused for another reason": ["ping: connect: Permission denied\n", ROUTE],
  "BusyBox, no route": ["ping: sendto: Network is unreachable\n", ROUTE],
  "GNU inetutils, no route": ["/bin/ping: sending packet: Network is unreachable\n", ROUTE],
  "BusyBox, cannot do fractions": ["ping: invalid number '0.5'\n", OTHER],
  "no output": ["", OTHER],
};

for (const [name, [stderr, advice]] of Object.entries(FAILED)) {
  Deno.test(`parsePingOutput says what to do: ${name}`, () => {
    const error = assertThrows(() => parse("", stderr), Error);
    assertStringIncludes(error.message, advice);
    const [message = ""] = stderr.split("\n").map((line) => line.replace(/^\S*ping: /, ""));
    assertStringIncludes(error.message, message || "no output");
    assertEquals(error.message.includes("\n"), false);
    // All devices have this problem, so it ends the bot at its start.
    assertEquals(error instanceof ConfigError, advice === NOT_ALLOWED);
  });
}

Deno.test("parsePingOutput mentions name servers only for names", () => {
  for (const host of ["10.0.0.1", "fe80::1%eth0"]) {
    const error = assertThrows(() => parse("", "ping: unknown host\n", host), Error);
    assert(!error.message.includes("name server"), error.message);
  }
});
