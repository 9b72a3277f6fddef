import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { connect } from "node:net";
import { statusPort } from "../../src/status/mod.ts";
import { StatusServer } from "../../src/status/status_server.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { createLogger } from "../../src/util/log.ts";
import { freePort } from "../free_port.ts";
import { until } from "../until.ts";
import { runningBot } from "./metrics/running_bot.ts";

const TOKEN = "a-token-of-the-port";

/** A bot whose status port is open. */
async function opened(env: Record<string, string> = {}) {
  const logged: string[] = [];
  const log = createLogger(({ level, message }) => void logged.push(`${level} ${message}`));
  const bot = runningBot(undefined, { env: { HEALTH_PORT: "0", ...env }, log });
  const port = await statusPort().open(bot);
  const url = /http:\S+/.exec(logged[0] ?? "")?.[0] ?? "";
  return { logged, url, [Symbol.asyncDispose]: () => port[Symbol.asyncDispose]() };
}

/** The status of the answer to a request with these headers, of which fetch does not let one choose all. */
function ask(url: string, path: string, headers: Record<string, string>): Promise<number> {
  const { port, hostname, host } = new URL(url);
  const lines = Object.entries({ host, connection: "close", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => answer += text);
    socket.on("error", reject).on("close", () => resolve(Number(answer.split(" ")[1])));
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  });
}

const basic = (password: string) => `Basic ${btoa(`somebody:${password}`)}`;

Deno.test("statusPort opens nothing without HEALTH_PORT", async () => {
  await using it = await opened({ HEALTH_PORT: "" });
  assertEquals(it.logged, []);
  assertEquals(await statusPort().readHealth({}, "demo"), undefined);
});

Deno.test("statusPort logs where the status is, and answers there", async () => {
  await using it = await opened();
  assertMatch(it.logged.join("\n"), /^info Status at http:\/\/127\.0\.0\.1:\d+\/$/);
  assertEquals((await fetch(`${it.url}healthz`).then((answer) => answer.json())).ok, true);
  const head = await fetch(`${it.url}healthz`, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("statusPort answers on this machine under loopback names, with any port, as tunnels change it", async () => {
  await using it = await opened();
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) {
    for (const port of ["", ":1", ":9464"]) {
      assertEquals(await ask(it.url, "/healthz", { host: host + port }), 200, host);
    }
  }
});

Deno.test("statusPort knows this machine however HEALTH_HOST is written", async () => {
  for (const host of ["127.1.2.3", "LOCALHOST", "LocalHost"]) {
    await using it = await opened({ HEALTH_HOST: host });
    assertEquals(it.logged.length, 1, host);
    assertEquals(await ask(it.url, "/healthz", { host: "evil.example" }), 403, host);
  }
});

Deno.test("statusPort refuses names that somebody else may point at this machine, and pages of others", async () => {
  await using it = await opened();
  for (
    const headers of [
      { host: "evil.example" },
      { host: "localhost.evil.example:9464" },
      { host: "127.0.0.1.evil.example" },
      { origin: "http://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ]
  ) {
    for (const path of ["/", "/healthz", "/stats", "/events"]) {
      assertEquals(await ask(it.url, path, headers), 403, JSON.stringify(headers));
    }
  }
});

Deno.test("statusPort answers nobody without HEALTH_TOKEN where that is set", async () => {
  await using it = await opened({ HEALTH_TOKEN: TOKEN });
  for (const path of ["/", "/healthz", "/readyz", "/stats", "/metrics", "/events", "/page.js"]) {
    const answer = await fetch(it.url + path.slice(1));
    assertEquals(answer.status, 401, path);
    assertMatch(answer.headers.get("www-authenticate")!, /^Basic realm=/);
    await answer.body?.cancel();
  }
  const granted = [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, basic(TOKEN)];
  const denied = [`Bearer ${TOKEN}x`, "Bearer", "Bearer ", `Digest ${TOKEN}`, TOKEN, basic("")];
  for (const authorization of granted) {
    assertEquals(await ask(it.url, "/healthz", { authorization }), 200, authorization);
  }
  for (const authorization of [...denied, basic(`:${TOKEN}`), "Basic %%%", `Bearer ${TOKEN} x`]) {
    assertEquals(await ask(it.url, "/healthz", { authorization }), 401, authorization);
  }
  assertEquals(it.logged.join().includes(TOKEN), false);
});

Deno.test("statusPort on all addresses works under any name, and warns once if everybody may read", async () => {
  for (const token of ["", TOKEN]) {
    await using it = await opened({ HEALTH_HOST: "0.0.0.0", HEALTH_TOKEN: token });
    const warnings = it.logged.filter((line) => line.startsWith("warn"));
    assertEquals(warnings.length, token === "" ? 1 : 0);
    const { port } = new URL(it.url);
    assertEquals(it.logged[0], `info Status at ${it.url} and on port ${port} of all addresses`);
    assertStringIncludes(it.url, "127.0.0.1");
    const headers = { host: "bot.example.com", authorization: `Bearer ${TOKEN}` };
    assertEquals(await ask(it.url, "/metrics", headers), 200);
  }
});

Deno.test("statusPort listens on ::1 too (needs IPv6)", { ignore: !hasIpv6() }, async () => {
  await using it = await opened({ HEALTH_HOST: "::1" });
  assertMatch(it.url, /^http:\/\/\[::1\]:\d+\/$/);
  assertEquals(await ask(it.url, "/healthz", {}), 200);
  assertEquals(await ask(it.url, "/healthz", { host: "evil.example" }), 403);
});

Deno.test("StatusServer tries a port that is in use again, and logs when it is open", async () => {
  const port = freePort();
  const it = await opened({ HEALTH_PORT: `${port}` });
  const logged: string[] = [];
  const log = createLogger(({ level, message }) => void logged.push(`${level} ${message}`));
  const address = { host: "127.0.0.1", port, token: undefined };
  const second = await StatusServer.open(runningBot(undefined, { log }), {
    ...address,
    retryInterval: 0.01,
  });
  assertEquals(logged, [
    `error Cannot open the status port at 127.0.0.1:${port} (HEALTH_HOST and HEALTH_PORT), as another program, or this bot ` +
    "a second time, listens there: stop that, or choose another port; trying again every 0.01 s",
  ]);
  await it[Symbol.asyncDispose]();
  await until(() => logged.length === 3);
  assertMatch(logged[1]!, /^info Resolved after .*: Cannot open the status port at /);
  assertEquals(logged[2], `info Status at ${it.url}`);
  assertEquals(await ask(it.url, "/healthz", {}), 200);
  await second[Symbol.asyncDispose]();
});

Deno.test("statusPort says which permission it lacks", async () => {
  const env = { HEALTH_HOST: "192.0.2.1", HEALTH_PORT: "9464" };
  const { problems } = await assertRejects(() => opened(env), ConfigError);
  assertStringIncludes(problems.join(), "as Deno denies it: add 192.0.2.1:9464 to --allow-net");
});

Deno.test("statusPort closes with streams open and clients that hang, and frees the port", async () => {
  const it = await opened();
  const { port } = new URL(it.url);
  const events = await fetch(`${it.url}events`);
  const reader = events.body!.getReader();
  await reader.read();
  // One that never sends the end of its request, and one that keeps its connection.
  const hung = connect(Number(port), "127.0.0.1");
  hung.on("error", () => {}).write("GET / HTTP/1.1\r\nhost: localhost\r\n");
  await (await fetch(`${it.url}healthz`)).text();
  await it[Symbol.asyncDispose]();
  // Ends or breaks.
  while (await reader.read().then(({ done }) => !done, () => false));
  await until(() => hung.destroyed);
  await using again = await opened({ HEALTH_PORT: port });
  assertEquals(await ask(again.url, "/healthz", {}), 200);
});

Deno.test("statusPort tells another process whether the bot is healthy", async () => {
  await using it = await opened({ HEALTH_TOKEN: TOKEN });
  const env = { HEALTH_PORT: new URL(it.url).port };
  const right = await statusPort().readHealth({ ...env, HEALTH_TOKEN: TOKEN }, "demo");
  assertEquals(right, { ok: true, line: "demo is healthy" });
  const wrong = await statusPort().readHealth({ ...env, HEALTH_TOKEN: `${TOKEN}-2` }, "demo");
  assertMatch(`${wrong?.ok} ${wrong?.line}`, /^false HEALTH_TOKEN is not the one of the bot at /);
  const other = await statusPort().readHealth({ ...env, HEALTH_TOKEN: TOKEN }, "other");
  assertMatch(`${other?.ok} ${other?.line}`, /^false What answers at .* is not other, but demo$/);
  await it[Symbol.asyncDispose]();
  const none = await statusPort().readHealth(env, "demo");
  assertMatch(`${none?.ok} ${none?.line}`, /^false No bot answers at http:.*\/healthz/);
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ port: 0, hostname: "::1" }).close();
    return true;
  } catch {
    return false;
  }
}
