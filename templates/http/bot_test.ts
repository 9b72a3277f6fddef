import type { LogRecord } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
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

/** Sets up a Grafolean in memory with a device whose sensors are these pages, and the bot. */
function setUp(urls: string[]) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: PROTOCOL, account });
  const credential = sandbox.addCredential(account, {
    protocol: PROTOCOL,
    details: { timeout: "2" },
  });
  const sensors = urls.map((url, n) =>
    sandbox.addSensor(account, {
      name: `page ${n}`,
      protocol: PROTOCOL,
      defaultInterval: 60,
      details: { url },
    })
  );
  const device = sandbox.addEntity(account, {
    name: "web server",
    details: { ipv4: "127.0.0.1" },
    protocols: { [PROTOCOL]: { credential, bot, sensors } },
  });
  const log: LogRecord[] = [];
  const collector = new HttpBot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    logSink: (record) => log.push(record),
  });
  /** The values as "0.ok", "0.status", …, "1.ok". */
  const values = (): Record<string, number> => {
    const prefix = `entity.${device.id}.http.`;
    return Object.fromEntries(
      sandbox.values(account).map(({ p, v }) => {
        const [sensor, name] = p.replace(prefix, "").split(".");
        return [`${sensors.findIndex(({ id }) => `${id}` === sensor)}.${name}`, v];
      }),
    );
  };
  return { collector, values, log };
}

/** Runs the bot once for these pages and returns the values. */
async function collectOnce(urls: string[]): Promise<Record<string, number>> {
  const { collector, values } = setUp(urls);
  await collector.runOnce();
  return values();
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

Deno.test("HttpBot warns once about a page that does not answer, and logs when it is back", async () => {
  let isDown = true;
  await using page = await serve((request, response) =>
    isDown ? request.destroy() : response.end("hello")
  );
  const { collector, log } = setUp([page.url, "http://{ipv4}:2/"]);
  for (let run = 0; run < 3; run++) await collector.runOnce();
  isDown = false;
  await collector.runOnce();

  const lines = log.filter(({ level }) => level === "warn" || level === "info")
    .map(({ level, jobName, message }) => `${level} ${jobName}: ${message}`)
    .filter((line) => line.includes('Sensor "page 0"'));
  assertEquals(lines.length, 2, lines.join("\n"));
  assertMatch(lines[0]!, /^warn web server: Sensor "page 0" \(id \d+\) cannot fetch "http:.*": \S/);
  assertMatch(lines[1]!, /^info web server: Resolved after 0 s \(3 times\): Sensor "page 0"/);
});

Deno.test("HttpBot logs no password and no query of a URL", async () => {
  const hosts = ["{ipv4}:65000", "{ipv4}:99999", "no-such-host.invalid"];
  const { collector, log } = setUp(
    hosts.map((host) => `http://ann:pass-word@${host}/status?key=api-key`),
  );
  await collector.runOnce();
  const lines = log.map(({ message }) => message);
  assertStringIncludes(lines.join(), '"http://***@{ipv4}:65000/status?***": ');
  assertEquals(lines.filter((line) => /pass-word|api-key/.test(line)), []);
});
