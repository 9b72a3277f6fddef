// Runs a sandbox, a web page and a bot in one process, on Deno, Node or Bun, until the values of two runs have arrived, and
// then once more without the sandbox. Writes a file into the current directory. Prints what it found as JSON.

// deno-lint-ignore-file no-console

import { pathPart, type Value } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { HttpBot } from "../../templates/http/bot.ts";

const page = createServer((_request, response) => response.end("hello"));
await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
const { port } = page.address() as AddressInfo;

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol: "http", account });
const credential = sandbox.addCredential(account, { protocol: "http", details: {} });
const sensor = sandbox.addSensor(account, {
  protocol: "http",
  defaultInterval: 1,
  details: { url: `http://127.0.0.1:${port}/` },
});
const device = sandbox.addEntity(account, {
  protocols: { http: { credential, bot, sensors: [{ sensor, interval: null }] } },
});

const server = await sandbox.listen();
const stop = new AbortController();
const options = { logSink: () => {}, devicesFile: "devices.json" };
const collector = new HttpBot(server.url, bot.token, 120, options);
const ended = collector.execute({ signal: stop.signal });
// Four values at a time: ok, status, time, size.
await sandbox.waitForValues(8, { accountId: account.id, timeout: 120 });
stop.abort();
await ended;
await server.close();
const restarted = new HttpBot(server.url, bot.token, 120, { ...options, shutdownTimeout: 0.1 });
const whileAway = await restarted.runOnce();
page.close();

const values: Record<string, Value> = {};
for (const { p, v } of sandbox.values(account)) {
  const [entity, id, ...rest] = p.split(".");
  if (entity === "entity" && id === pathPart(`${device.id}`)) values[rest.join(".")] = v;
}
const { sent, waiting } = collector.stats().values;
console.log(JSON.stringify({
  runtime: `${process.release.name} ${process.versions.node}`,
  isDeno: "Deno" in globalThis,
  status: values[`http.${sensor.id}.status`],
  size: values[`http.${sensor.id}.size`],
  sent: sent >= 8,
  waiting,
  whileAway: whileAway.ok,
}));
