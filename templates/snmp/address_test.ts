import { assertEquals, assertThrows } from "@std/assert";
import { parseAddress } from "./address.ts";

const ADDRESSES: Readonly<Record<string, [host: string, port: number]>> = {
  "10.0.0.1": ["10.0.0.1", 161],
  " 10.0.0.1 ": ["10.0.0.1", 161],
  "10.0.0.1:1161": ["10.0.0.1", 1161],
  "router.example.com": ["router.example.com", 161],
  "router:162": ["router", 162],
  "fe80::1": ["fe80::1", 161],
  "[fe80::1]": ["fe80::1", 161],
  "[::1]:1161": ["::1", 1161],
};

for (const [text, [host, port]] of Object.entries(ADDRESSES)) {
  Deno.test(`parseAddress accepts "${text}"`, () => {
    assertEquals(parseAddress(text), { host, port });
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
  Deno.test(`parseAddress refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseAddress(text), TypeError, "set its IPv4 address");
  });
}
