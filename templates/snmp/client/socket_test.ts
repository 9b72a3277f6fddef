import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createSafeSocket } from "./socket.ts";

Deno.test("createSafeSocket creates a socket that survives a packet whose handling throws", () => {
  const socket = createSafeSocket("udp4");
  const received: string[] = [];
  socket.on("message", (packet) => {
    received.push(packet.toString());
    throw new TypeError("in a packet");
  });
  const sender = { address: "127.0.0.1", family: "IPv4" as const, port: 161, size: 3 };
  for (const text of ["one", "two"]) socket.emit("message", Buffer.from(text), sender);
  assertEquals(received, ["one", "two"]);

  // Other listeners may throw.
  socket.on("connect", () => {
    throw new TypeError("not a packet");
  });
  assertThrows(() => socket.emit("connect"), TypeError, "not a packet");
  socket.close();
});

Deno.test("createSafeSocket creates a socket that mends packets", () => {
  const socket = createSafeSocket("udp4", (packet) => packet.subarray(1));
  const received: string[] = [];
  socket.on("message", (packet) => received.push(packet.toString()));
  const sender = { address: "127.0.0.1", family: "IPv4" as const, port: 161, size: 3 };
  socket.emit("message", Buffer.from("one"), sender);
  assertEquals(received, ["ne"]);
  socket.close();
});
