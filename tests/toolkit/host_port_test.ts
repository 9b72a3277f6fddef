import { assertEquals, assertThrows } from "@std/assert";
import { parseHostPort } from "../../src/toolkit/host_port.ts";

const ADDRESSES: Readonly<Record<string, [host: string, port: number | undefined]>> = {
  "10.0.0.1": ["10.0.0.1", undefined],
  " 10.0.0.1 ": ["10.0.0.1", undefined],
  "10.0.0.1:1161": ["10.0.0.1", 1161],
  "router.example.com": ["router.example.com", undefined],
  "router:162": ["router", 162],
  "fe80::1": ["fe80::1", undefined],
  "[fe80::1]": ["fe80::1", undefined],
  "[::1]:1161": ["::1", 1161],
};

for (const [text, [host, port]] of Object.entries(ADDRESSES)) {
  Deno.test(`parseHostPort accepts "${text}"`, () => {
    assertEquals(parseHostPort(text), { host, port });
  });
}

for (
  const text of [
    "",
    " ",
    "10.0.0.1:",
    "10.0.0.1:0",
    "10.0.0.1:65536",
    "a b",
    "[x]:1",
    "http://a",
    undefined,
    7,
  ]
) {
  Deno.test(`parseHostPort refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseHostPort(text), TypeError, "set its IPv4 address");
  });
}
