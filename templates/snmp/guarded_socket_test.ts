import { assertEquals } from "@std/assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createGuardedSocket } from "./guarded_socket.ts";

Deno.test("createGuardedSocket makes a socket that lives on when a packet cannot be handled", async () => {
  const socket = createGuardedSocket("udp4");
  const received: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("message", (packet) => {
    received.push(packet.toString());
    if (received.length === 2) resolve();
    throw new TypeError("out of a packet");
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const sender = createSocket("udp4").bind(0, "127.0.0.1");
  await once(sender, "listening");
  for (const text of ["one", "two"]) sender.send(text, socket.address().port, "127.0.0.1");
  await promise;
  assertEquals(received.toSorted(), ["one", "two"]);
  for (const each of [socket, sender]) {
    each.close();
    await once(each, "close");
  }
});
