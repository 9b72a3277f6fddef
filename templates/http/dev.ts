import { runInSandbox } from "@grafolean/collector/testing";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpBot, PROTOCOL } from "./bot.ts";

/** Starts a web server on a free local port and returns the URL for a sensor. */
async function serve(page: RequestListener): Promise<string> {
  const server = createServer(page);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://{ipv4}:${(server.address() as AddressInfo).port}/`;
}

const fast = await serve((_request, response) => response.end("Hello!"));
const slow = await serve((_request, response) => {
  setTimeout(() => response.end("Sorry for the delay.\n".repeat(100)), 700);
});

const details = { ipv4: "127.0.0.1" };
await runInSandbox(HttpBot, {
  protocol: PROTOCOL,
  credential: { timeout: "5" },
  devices: [
    { name: "fast page", details, sensors: [{ interval: 2, details: { url: fast } }] },
    { name: "slow page", details, sensors: [{ interval: 5, details: { url: slow } }] },
    {
      name: "page that is down",
      details,
      sensors: [{ interval: 5, details: { url: "http://{ipv4}:2/" } }],
    },
  ],
});
// The web servers would keep the program running.
Deno.exit();
