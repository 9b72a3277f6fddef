import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpBot, PROTOCOL } from "./bot.ts";

/** Starts a web server with one page. */
async function serve(page: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(page);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://{ipv4}:${port}/`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Runs the bot once for a device whose sensors are these pages. Returns the values as "0.ok", "0.status", …, "1.ok". */
async function collectOnce(
  urls: string[],
  logged: string[] = [],
): Promise<Record<string, number>> {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: PROTOCOL, account: account.id });
  const credential = sandbox.addCredential(account.id, {
    protocol: PROTOCOL,
    details: { timeout: "2" },
  });
  const sensors = urls.map((url) =>
    sandbox.addSensor(account.id, { protocol: PROTOCOL, defaultInterval: 60, details: { url } })
  );
  const device = sandbox.addEntity(account.id, {
    name: "web server",
    details: { ipv4: "127.0.0.1" },
    protocols: {
      [PROTOCOL]: {
        credential: credential.id,
        bot: bot.id,
        sensors: sensors.map(({ id }) => ({ sensor: id, interval: null })),
      },
    },
  });
  await using collector = new HttpBot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    logSink: ({ message }) => logged.push(message),
  });
  await collector.runOnce();
  const values: Record<string, number> = {};
  for (const { p, v } of sandbox.values(account.id)) {
    const page = sensors.findIndex(({ id }) => p.startsWith(`entity.${device.id}.http.${id}.`));
    values[`${page}.${p.split(".").at(-1)}`] = v;
  }
  return values;
}

Deno.test("HttpBot sends the status, time and size of a page", async () => {
  await using page = await serve((_request, response) => response.end("hello"));
  const values = await collectOnce([page.url]);
  assertEquals(values["0.ok"], 1);
  assertEquals(values["0.status"], 200);
  assertEquals(values["0.size"], 5);
  assertGreater(values["0.time"], 0);
});

Deno.test("HttpBot sends 0 for a page that fails, and the values of the others", async () => {
  await using broken = await serve((_request, response) => response.writeHead(500).end());
  await using page = await serve((_request, response) => response.end("hello"));
  const values = await collectOnce(["http://{ipv4}:2/", broken.url, "not a URL", page.url]);
  assertEquals(values["0.ok"], 0);
  assertEquals(values["1.ok"], 0);
  assertEquals(values["1.status"], 500);
  assertEquals(values["2.ok"], 0);
  assertEquals(values["3.ok"], 1);
});

Deno.test("HttpBot logs no password and no query of a URL", async () => {
  const logged: string[] = [];
  for (const host of ["{ipv4}:65000", "{ipv4}:99999", "no-such-host.invalid"]) {
    await collectOnce([`http://ann:pass-word@${host}/status?key=api-key`], logged);
  }
  assertStringIncludes(logged.join(), "(http://***@{ipv4}:65000/status?***): ");
  assertEquals(logged.filter((line) => /pass-word|api-key/.test(line)), []);
});
