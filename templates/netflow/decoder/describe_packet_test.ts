import { assertEquals, assertStringIncludes } from "@std/assert";
import { describePacket } from "./describe_packet.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

Deno.test("describePacket names what is not NetFlow", () => {
  const names: [packet: string, name: string][] = [
    ["\0\0\0\x04\0\0\0\x01", "sFlow v4, "],
    ["\0\0\0\x02\0\0\0\x01", "sFlow v2, "],
    ["\0\x01\0\x03\0\0", "NetFlow v1, "],
    ["\0\x07\0\x1e\0\0", "NetFlow v7, "],
    ["\0\x08\0\x1e\0\0", "NetFlow v8, "],
    ["<34>Oct 11 22:14:15 host su: failed", "syslog, "],
    ["GET / HTTP/1.1\r\n\r\n", "HTTP or SIP, "],
    ["OPTIONS sip:a@b SIP/2.0\r\n", "HTTP or SIP, "],
    ["HTTP/1.1 200 OK\r\n", "HTTP or SIP, "],
    ["hello world\n", "text, "],
    ["\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "TLS, "],
    ["\x16\xfe\xfd\0\0", "TLS, "],
    ["\x30\x26\x02\x01\x01\x04\x06public", "SNMP, "],
    ["\x30\x81\x80\x02\x01\x00\x04\x06public", "SNMP, "],
    ["\x30\x3e\x02\x01\x03\x30\x11", "SNMP, "],
    ["\xab\xcd\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\x03com\0\0\x01\0\x01", "DNS, "],
    ["", "empty packets, "],
    ["\xde\xad", "an unknown protocol (first bytes 222 173), "],
    [
      "\0\x05\x01".repeat(9).slice(1),
      "an unknown protocol (first bytes 5 1 0 5 1 0 5 1), ",
    ],
  ];
  for (const [packet, name] of names) {
    assertEquals(describePacket(bytes(packet)).slice(0, name.length), name);
  }
});

Deno.test("describePacket tells what to do", () => {
  assertStringIncludes(
    describePacket(bytes("\0\x07\0\x1e")),
    "configure it to send NetFlow v5, v9, IPFIX or sFlow v5",
  );
  assertStringIncludes(describePacket(bytes("<34>hello")), "use another port");
});
