// deno-lint-ignore-file no-console

import { Sandbox } from "@grafolean/collector/testing";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { HttpBot } from "./bot.ts";

const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
process.on("SIGTERM", () => stop.abort());

const servers: Server[] = [];

/** Starts a web server on a free local port and returns the URL for a sensor. */
async function serve(page: RequestListener): Promise<string> {
  const server = createServer(page);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://{ipv4}:${(server.address() as AddressInfo).port}/`;
}

const fast = await serve((_request, response) => response.end("Hello!"));
const slow = await serve((_request, response) => {
  setTimeout(() => response.end("Sorry for the delay.\n".repeat(100)), 700);
});
// A server that is closed again, so nothing answers at its port.
const down = await serve(() => {});
await new Promise((resolve) => servers.pop()?.close(resolve));

const sandbox = new Sandbox();
const account = sandbox.addAccount({ name: "Demo" });
const bot = sandbox.addBot({ protocol: "http", account });
const reader = sandbox.addBot({ protocol: null, account, permissions: "all" });
const credential = sandbox.addCredential(account, { protocol: "http", details: { timeout: "5" } });
const names = new Map<number, string>();
let firstPath = "";
for (
  const [name, url, intervals] of [
    ["fast page", fast, [1, 5]],
    ["slow page", slow, [2]],
    ["page that is down", down, [3]],
  ] as const
) {
  const sensors = intervals.map((interval) => {
    const options = { protocol: "http", defaultInterval: interval, details: { url } };
    return { sensor: sandbox.addSensor(account, options).id, interval: null };
  });
  const device = sandbox.addEntity(account, {
    name,
    details: { ipv4: "127.0.0.1" },
    protocols: { http: { credential, bot, sensors } },
  });
  names.set(device.id, name);
  firstPath ||= `entity.${device.id}.http.${sensors[0]?.sensor}.time`;
}

const server = await sandbox.listen();
console.log(`A Grafolean in memory listens at ${server.url},
and a bot polls three web pages for it every 1, 2, 3 and 5 seconds.

Read values back in another terminal:
  curl '${server.url}/accounts/${account.id}/values/${firstPath}?b=${reader.token}'

Values as they are stored (Ctrl-C to stop):`);
sandbox.onValues((values) => {
  for (const { p, v, t } of values) {
    const name = names.get(Number(p.split(".")[1]));
    if (name === undefined) continue; // one of Grafolean's own statistics
    const time = new Date(t * 1000).toISOString().slice(11, 19);
    console.log(`  ${time}  ${name.padEnd(18)} ${p.padEnd(40)} ${v}`);
  }
});

const collector = new HttpBot(server.url, bot.token, 5);
await collector.execute({ signal: stop.signal });

const { values, runs } = collector.stats();
console.log(`\n${runs.ok} runs, ${values.sent} values sent, ${values.waiting} waiting. Goodbye.`);
await server.close();
for (const each of servers) each.close();
