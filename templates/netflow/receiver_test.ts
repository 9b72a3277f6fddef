import { ConfigError } from "@grafolean/collector";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createSocket } from "node:dgram";
import { receivePackets } from "./receiver.ts";

const OPTIONS = { hostname: "127.0.0.1", port: 0 };

const send = (port: number, text: string) =>
  new Promise<void>((resolve) => {
    const socket = createSocket("udp4");
    socket.send(text, port, "127.0.0.1", () => socket.close(() => resolve()));
  });

Deno.test("receivePackets passes on packets with the address of their sender", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: [string, string][] = [];
  await using receiver = receivePackets(OPTIONS, (packet, sender) => {
    seen.push([new TextDecoder().decode(packet), sender]);
    if (seen.length === 3) resolve();
  });
  for (const text of ["one", "two and more", "3"]) await send(receiver.port, text);
  await promise;
  assertEquals(seen, [
    ["one", "127.0.0.1"],
    ["two and more", "127.0.0.1"],
    ["3", "127.0.0.1"],
  ]);
});

Deno.test("receivePackets names what to do when the port is in use", async () => {
  await using first = receivePackets(OPTIONS, () => {});
  const { port } = first;
  assert(port > 0);
  assertThrows(
    () => receivePackets({ ...OPTIONS, port }, () => {}),
    ConfigError,
    `Cannot listen on UDP port ${port} of "127.0.0.1": a program uses it, such as this bot; ` +
      "stop it, or set NETFLOW_PORT",
  );
});

Deno.test("receivePackets names what to do when the address is not permitted", () => {
  assertThrows(
    () => receivePackets({ ...OPTIONS, hostname: "192.0.2.1" }, () => {}),
    ConfigError,
    'Cannot listen on UDP port 0 of "192.0.2.1": the permissions do not include it; ' +
      "add 192.0.2.1 to --allow-net in deno.json",
  );
});
