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
    details: { timeout: "10" },
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
    details: { ipv4: "127.0.0.1", scheme: "http" },
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
  assertMatch(
    lines[0]!,
    /^warn web server: Sensor "page 0" \(id \d+\) cannot fetch its page from http:\/\/127\S+: \S/,
  );
  assertMatch(lines[1]!, /^info web server: Resolved after \d+ s \(3 times\): Sensor "page 0"/);
});

Deno.test("HttpBot replaces {name} in a URL by that detail of the device", async () => {
  await using page = await serve((_request, response) => response.end("hello"));
  const { port } = new URL(page.url.replace("{ipv4}", "127.0.0.1"));
  const values = await collectOnce([`{scheme}://{ipv4}:${port}/`, "{missing}"]);
  assertEquals([values["0.ok"], values["1.ok"]], [1, 0]);
});

Deno.test("HttpBot opens nothing but web pages", async () => {
  const { collector, values, log } = setUp([`file://${import.meta.filename}`, "data:,hello"]);
  await collector.runOnce();
  assertEquals(values(), { "0.ok": 0, "1.ok": 0 });
  assertStringIncludes(
    log.map(({ message }) => message).join(),
    "does not start with http: or https:",
  );
});

Deno.test("HttpBot logs nothing of a URL but its server", async () => {
  await using broken = await serve((request) => request.destroy());
  const { port } = new URL(broken.url.replace("{ipv4}", "127.0.0.1"));
  const { collector, log } = setUp(
    [`{ipv4}:${port}`, "{ipv4}:2", "{ipv4}:99999", "no-such-host.invalid"].flatMap((host) => [
      `http://plugh:xyzzy@${host}/xyzzy/(xyzzy)?key=xyzzy#xyzzy`,
      `http:plugh:xyzzy@${host}/;key=xyzzy`,
      `http:/\\plugh:xyzzy@${host}/;key=xyzzy)`,
      ` hTTps:\\\\plugh:xy\tzzy@${host}\\xyzzy:`,
      `http://plugh:xy:zzy@${host}/xyzzy'xyzzy`,
      `http//plugh:xyzzy@${host}/`,
    ]),
  );
  await collector.runOnce();
  const lines = log.map(({ message }) => message);
  assertEquals(lines.filter((line) => line.includes("cannot fetch its page")).length, 24);
  assertStringIncludes(lines.join(), `cannot fetch its page from http://127.0.0.1:${port}: `);
  assertEquals(lines.filter((line) => /plugh|xyz|zzy/.test(line)), []);
});
