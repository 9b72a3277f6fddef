// What people read when Grafolean cannot be reached, from real connections in a process of its own, since the environment
// and the permissions of a process decide on proxies, certificates and hosts.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Collector, ConfigError, sendResultsToGrafolean } from "../../mod.ts";
import { waitForGrafolean } from "../../src/grafolean/wait_for_grafolean.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { CA_CERT, CA_KEY, SERVER_CERT, SERVER_KEY } from "./certificates.ts";
import { freePort } from "../free_port.ts";
import { listenHttp, listenHttps, listenProxy } from "./listeners.ts";
import { build } from "../runtimes/node_kit.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const TOKEN = "5b8c1f0e-9d2a-4c7b-8e63-0fa1b2c3d4e5";
const HAS_NODE = await versionOfNode() >= 20;

// Whatever proxies this machine has.
const NO_PROXIES = Object.fromEntries(
  ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
    [name, ""],
    [name.toLowerCase(), ""],
  ]),
);

async function versionOfNode(): Promise<number> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return parseInt(new TextDecoder().decode(stdout).slice(1));
  } catch {
    return 0;
  }
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; printed: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: ROOT,
    env: { ...NO_PROXIES, NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(!printed.includes(TOKEN.slice(0, 13)), printed);
  return { code, printed };
}

/** What a read from a URL prints on Deno. */
async function readOnDeno(
  url: string,
  env: Record<string, string> = {},
  permissions: readonly string[] = ["--allow-net", "--allow-env"],
): Promise<string> {
  const program = ["--no-check", "--no-prompt", ...permissions, "tests/grafolean/one_read.ts"];
  return (await run(Deno.execPath(), ["run", ...program, url, TOKEN], env)).printed;
}

const NO_TLS = "the port does not speak HTTPS: try http:// instead of https:// in the backend URL";
const UNKNOWN_CA =
  "its certificate is not signed by a known CA: set DENO_CERT (on Deno) or NODE_EXTRA_CA_CERTS (on Node) to the file";

Deno.test("GrafoleanClient explains ports and certificates that do not fit, on Deno", async () => {
  await using plain = await listenHttp((_request, response) => response.end("{}"));
  await using tls = await listenHttps(
    SERVER_CERT,
    SERVER_KEY,
    (_request, response) => response.end("{}"),
  );
  await using ca = await listenHttps(
    CA_CERT,
    CA_KEY,
    (_request, response) => response.end("{}"),
  );
  const directory = await Deno.makeTempDir();
  try {
    const file = join(directory, "ca.pem");
    await Deno.writeTextFile(file, CA_CERT);
    const [noTls, noHttp, unknown, known, caAsServer, noHost] = await Promise.all([
      readOnDeno(`https://127.0.0.1:${plain.port}`),
      readOnDeno(`http://127.0.0.1:${tls.port}`),
      readOnDeno(`https://127.0.0.1:${tls.port}`),
      readOnDeno(`https://127.0.0.1:${tls.port}`, { DENO_CERT: file }),
      readOnDeno(`https://127.0.0.1:${ca.port}`),
      readOnDeno("http://no-such-host.invalid/api"),
    ]);
    assertStringIncludes(noTls, `cannot be reached: ${NO_TLS} (`);
    assertStringIncludes(noHttp, "the port does not speak HTTP: try https:// instead of http://");
    assertStringIncludes(unknown, `cannot be reached: ${UNKNOWN_CA}`);
    assertEquals(known, "{}\n");
    assertStringIncludes(caAsServer, "it uses the certificate of a CA");
    assertStringIncludes(
      noHost,
      "Grafolean at http://no-such-host.invalid/api cannot be reached: ",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "GrafoleanClient explains ports and certificates that do not fit, on Node (needs Node 20)",
  ignore: !HAS_NODE,
  async fn() {
    await using plain = await listenHttp((_request, response) => response.end("{}"));
    await using tls = await listenHttps(
      SERVER_CERT,
      SERVER_KEY,
      (_request, response) => response.end("{}"),
    );
    const directory = await Deno.makeTempDir();
    try {
      const script = join(directory, "one_read.mjs");
      const file = join(directory, "ca.pem");
      await Deno.writeTextFile(file, CA_CERT);
      await build("tests/grafolean/one_read.ts", script);
      const read = async (url: string, env: Record<string, string> = {}) =>
        (await run("node", [script, url, TOKEN], env)).printed;
      const [noTls, unknown, known] = await Promise.all([
        read(`https://127.0.0.1:${plain.port}`),
        read(`https://127.0.0.1:${tls.port}`),
        read(`https://127.0.0.1:${tls.port}`, { NODE_EXTRA_CA_CERTS: file }),
      ]);
      assertStringIncludes(noTls, `cannot be reached: ${NO_TLS} (`);
      assertStringIncludes(unknown, `cannot be reached: ${UNKNOWN_CA}`);
      assertEquals(known, "{}\n");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("GrafoleanClient names the forward proxy of the environment", async () => {
  const closed = freePort();
  await using proxy = await listenProxy((request, response) => {
    const isOk = request.headers["proxy-authorization"] === `Basic ${btoa("bot:good")}`;
    response.writeHead(isOk ? 200 : 407).end(JSON.stringify(request.url?.split("?")[0]));
  }, () => 407);
  const url = "http://grafolean.invalid/api";
  const down = `http://bot:s3cret@127.0.0.1:${closed}`;
  const login = `http://bot:s3cret@127.0.0.1:${proxy.port}`;
  const refusal = "it requires a login: put a valid user name and password into its URL";
  const [refused, lower, wrong, tunnel, works, direct, network, silent] = await Promise.all([
    readOnDeno(url, { HTTP_PROXY: down }),
    readOnDeno(url.replace("http:", "https:"), { https_proxy: down, HTTP_PROXY: login }),
    readOnDeno(url, { HTTP_PROXY: login }),
    readOnDeno(url.replace("http:", "https:"), { ALL_PROXY: login, HTTPS_PROXY: down }),
    readOnDeno(url, { HTTP_PROXY: `http://bot:good@127.0.0.1:${proxy.port}` }),
    readOnDeno(url, { HTTP_PROXY: down, NO_PROXY: "localhost, .invalid" }),
    readOnDeno(`http://127.0.0.1:${closed}/api`, { HTTP_PROXY: down, NO_PROXY: "127.0.0.0/8" }),
    readOnDeno(url, { HTTP_PROXY: down }, ["--allow-net"]),
  ]);
  const at = (port: number) => `proxy http://127.0.0.1:${port}`;
  assertStringIncludes(
    refused,
    `Grafolean at ${url} cannot be reached through the ${at(closed)} (HTTP_PROXY): `,
  );
  assertStringIncludes(lower, `cannot be reached through the ${at(closed)} (https_proxy): `);
  assertStringIncludes(
    wrong,
    `answered 407: the ${at(proxy.port)} (HTTP_PROXY) refuses to pass it on: ${refusal}`,
  );
  assertStringIncludes(
    tunnel,
    `cannot be reached through the ${at(proxy.port)} (ALL_PROXY): ${refusal}`,
  );
  assertEquals(works, '"http://grafolean.invalid/api/profile"\n');
  for (const printed of [direct, silent]) {
    assertStringIncludes(printed, `Grafolean at ${url} cannot be reached: `);
  }
  assertStringIncludes(network, " cannot be reached: ");
  for (const printed of [refused, lower, wrong, tunnel, direct, silent]) {
    assert(!printed.includes("s3cret"), printed);
  }
});

const URL_ = "http://grafolean.invalid:8080/api";
const REASON =
  "Cannot connect to grafolean.invalid:8080 as --allow-net does not include it: add it to the permissions of the bot";

Deno.test("runBot ends with 2 and the reason if its --allow-net lacks the host of the backend", async () => {
  const permissions = ["--no-check", "--no-prompt", "--allow-env", "--allow-net=127.0.0.1"];
  const bot = ["run", ...permissions, "tests/bot/run_bot_program.ts"];
  const settings = { BACKEND_URL: URL_, BOT_TOKEN: TOKEN };
  for (const args of [[], ["--once"]]) {
    const { code, printed } = await run(Deno.execPath(), [...bot, ...args], settings);
    assertEquals(code, 2, printed);
    assertStringIncludes(printed, REASON);
  }
});

Deno.test({
  name: "Collector, sendResultsToGrafolean and waitForGrafolean need --allow-net for the backend",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    class Bot extends Collector {
      override async *jobs() {
        yield* this.fetchJobConfigs("x") as AsyncGenerator<never>;
      }
    }
    const options = { logSink: () => {} };
    const problems = new ProblemLog(createLogger(() => {}));
    for (
      const work of [
        () => new Bot(URL_, TOKEN, 1, options).execute(),
        () => new Bot(URL_, TOKEN, 1, options).runOnce(),
        () => sendResultsToGrafolean(URL_, TOKEN, 1, { x: 1 }),
        () => waitForGrafolean(URL_, { problems }),
      ]
    ) {
      await assertRejects(work, ConfigError, REASON);
    }
  },
});
