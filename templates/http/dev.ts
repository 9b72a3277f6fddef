import { runInSandbox } from "@grafolean/collector/testing";
import { HttpBot, PROTOCOL } from "./bot.ts";
import { SETUP } from "./setup.ts";

/** Starts a web server on a free local port and returns its URL. */
function serve(page: () => Response | Promise<Response>): string {
  const { addr } = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, page);
  return `http://127.0.0.1:${addr.port}/`;
}

const fast = serve(() => new Response("Hello!"));
const slow = serve(async () => {
  await new Promise((resolve) => setTimeout(resolve, 700));
  return new Response("Sorry for the delay.\n".repeat(100));
});
const sensors = SETUP.sensors.map((sensor) => ({ ...sensor, interval: 3 }));

await runInSandbox(HttpBot, {
  protocol: PROTOCOL,
  credential: { timeout: "5" },
  devices: [
    { name: "fast page", details: { url: fast }, sensors },
    { name: "slow page", details: { url: slow }, sensors },
    { name: "page that is down", details: { url: "http://127.0.0.1:2/" }, sensors },
  ],
});
// The web servers would keep the program running.
Deno.exit();
