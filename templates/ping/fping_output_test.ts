import { assertEquals } from "@std/assert";
import { parseFpingOutput } from "./fping_output.ts";

function results(stdout: string, timeout = 1) {
  return Object.fromEntries(parseFpingOutput({ stdout, stderr: "" }, timeout).results);
}

Deno.test("parseFpingOutput finds answered and lost packets of all addresses", () => {
  const stdout = `10.0.0.1  : [0], 64 bytes, 0.036 ms (0.036 avg, 0% loss)
2001:db8::1234 : [0], 64 bytes, 12.3 ms (12.3 avg, 0% loss)
10.0.0.1  : [1], 64 bytes, 123 ms (61.5 avg, 0% loss)
10.0.0.20 : [0], timed out (NaN avg, 100% loss)
2001:db8::1234 : [1], timed out (12.3 avg, 50% loss)
10.0.0.20 : [1], timed out (NaN avg, 100% loss)
`;
  assertEquals(results(stdout), {
    "10.0.0.1": [0.000036, 0.123],
    "10.0.0.20": ["lost", "lost"],
    "2001:db8::1234": [0.0123, "lost"],
  });
});

Deno.test("parseFpingOutput leaves out packets that have no line, as they were not sent", () => {
  const packets = results("10.0.0.1 : [1], timed out (NaN avg, 100% loss)\n")["10.0.0.1"];
  assertEquals(packets?.[0], undefined);
  assertEquals(packets?.[1], "lost");
  assertEquals(results(""), {});
});

Deno.test("parseFpingOutput ignores half a line at the end", () => {
  const line = "10.0.0.1 : [0], 64 bytes, 12.34 ms (12.3 avg, 0% loss)";
  for (let length = 0; length <= line.length; length++) {
    assertEquals(results(line.slice(0, length)), {}, line.slice(0, length));
  }
  assertEquals(results(`${line}\n`), { "10.0.0.1": [0.01234] });
});

Deno.test("parseFpingOutput believes an answer that fping read after it had given up", () => {
  const stdout = `10.0.0.1 : [0], timed out (NaN avg, 100% loss)
10.0.0.1 : [0], 64 bytes, 0.05 ms (0.05 avg, 50% loss)
10.0.0.1 : [0], timed out (0.05 avg, 66% loss)
`;
  assertEquals(results(stdout), { "10.0.0.1": [0.00005] });
});

Deno.test("parseFpingOutput takes an answer after the timeout for lost", () => {
  const stdout = "10.0.0.1 : [0], 64 bytes, 250 ms (250 avg, 0% loss)\n";
  assertEquals(results(stdout, 0.25), { "10.0.0.1": [0.25] });
  assertEquals(results(stdout, 0.2), { "10.0.0.1": ["lost"] });
});

Deno.test("parseFpingOutput understands an answer from another address of the device", () => {
  const stdout = "10.0.0.1 : [0], 64 bytes, 0.04 ms (0.04 avg, 0% loss) [<- 10.0.0.2]\n";
  assertEquals(results(stdout), { "10.0.0.1": [0.00004] });
});

Deno.test("parseFpingOutput ignores everything else", () => {
  const stdout = `
[1596092373.18423] hello
10.0.0.1 : xmt/rcv/%loss = 3/3/0%, min/avg/max = 0.1/0.2/0.3
10.0.0.1 : 0.1 0.2 -
10.0.0.1 : [x], timed out
\u0000\u0001
`;
  assertEquals(results(stdout), {});
});

Deno.test("parseFpingOutput finds complaints", () => {
  const stderr = `fe80::1%eth9: Name or service not known
ICMP Host Unreachable from 10.0.0.254 for ICMP Echo sent to 10.0.0.9
 [<- 10.0.0.2]
10.0.0.1 : 0.036 - 12.3
::1       : - - -
fping: can't create socket (must run as root?)
`;
  const { complaints } = parseFpingOutput({ stdout: "", stderr }, 1);
  assertEquals(Object.fromEntries(complaints), {
    "fe80::1%eth9": "fe80::1%eth9: Name or service not known",
    "": "fping: can't create socket (must run as root?)",
  });
});
