import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { hasDenoDatagrams, receivePackets } from "./receiver.ts";

const send = (port: number, text: string) =>
  new Promise<void>((resolve) => {
    const socket = createSocket("udp4");
    socket.send(text, port, "127.0.0.1", () => socket.close(() => resolve()));
  });

for (const sockets of ["deno", "node"] as const) {
  const ignore = sockets === "deno" && !hasDenoDatagrams();
  const needs = sockets === "deno" ? " (needs --unstable-net)" : "";

  Deno.test({
    name:
      `receivePackets passes on packets with the address of their sender, with ${sockets} sockets${needs}`,
    ignore,
    async fn() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const seen: [string, string][] = [];
      await using receiver = await receivePackets(
        { hostname: "127.0.0.1", port: 0, sockets },
        (packet, sender) => {
          seen.push([new TextDecoder().decode(packet), sender]);
          if (seen.length === 3) resolve();
        },
      );
      for (const text of ["one", "two and more", "3"]) await send(receiver.port, text);
      await promise;
      assertEquals(seen, [
        ["one", "127.0.0.1"],
        ["two and more", "127.0.0.1"],
        ["3", "127.0.0.1"],
      ]);
    },
  });

  Deno.test({
    name: `receivePackets rejects when the port is in use, with ${sockets} sockets${needs}`,
    ignore,
    async fn() {
      const options = { hostname: "127.0.0.1", port: 0, sockets };
      await using first = await receivePackets(options, () => {});
      assert(first.port > 0);
      await assertRejects(() => receivePackets({ ...options, port: first.port }, () => {}), Error);
    },
  });
}
