import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import { inspect } from "node:util";
import { ConfigError } from "../../src/util/errors.ts";
import { loadConfig, type LoadConfigOptions } from "../../src/bot/config.ts";

const URL_ = "https://grafolean.example.com/api";
const TOKEN = "5b8c1f0e-9d2a-4c3b-8e7f-0123456789ab";
const GOOD = { BACKEND_URL: URL_, BOT_TOKEN: TOKEN };

/** A folder that is gone after the test. */
async function folder() {
  const path = await Deno.makeTempDir();
  return {
    path,
    write: (name: string, text: string) => Deno.writeTextFile(join(path, name), text),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function problems(
  env: Record<string, string>,
  options: LoadConfigOptions = {},
): Promise<readonly string[]> {
  const load = () => loadConfig({ env, envFile: false, ...options });
  return (await assertRejects(load, ConfigError)).problems;
}

Deno.test("loadConfig reads the environment and has defaults", async () => {
  const config = await loadConfig({ env: GOOD, envFile: false });
  assertEquals({ ...config }, { backendUrl: URL_, jobsRefreshInterval: 120, logLevel: "info" });
  assertEquals(config.botToken, TOKEN);
  const all = await loadConfig({
    env: {
      ...GOOD,
      JOBS_REFRESH_INTERVAL: "30",
      LOG_LEVEL: "DEBUG",
      OUTBOX_FILE: "data/outbox.db",
      HEALTH_FILE: "data/health.json",
    },
    envFile: false,
  });
  assertEquals({ ...all }, {
    backendUrl: URL_,
    jobsRefreshInterval: 30,
    logLevel: "debug",
    outboxFile: "data/outbox.db",
    healthFile: "data/health.json",
  });
});

Deno.test("loadConfig brings URL and token into the form in which they are used", async () => {
  const config = await loadConfig({
    env: { BACKEND_URL: ` ${URL_}// `, BOT_TOKEN: ` ${TOKEN}\n` },
    envFile: false,
  });
  assertEquals([config.backendUrl, config.botToken], [URL_, TOKEN]);
});

Deno.test("loadConfig names every wrong setting at once, and what was expected", async () => {
  assertEquals(await problems({}), [
    "BACKEND_URL is not set: expected something like https://grafolean.example.com/api",
    "Neither BOT_TOKEN nor BOT_TOKEN_FROM_FILE is set: expected the token of the bot, or the path of a file that holds it",
  ]);
  const wrong = await problems({
    BACKEND_URL: "ftp://grafolean.example.com/api",
    BOT_TOKEN: "two words",
    BOT_TOKEN_FROM_FILE: "",
    JOBS_REFRESH_INTERVAL: "0",
    LOG_LEVEL: "loud",
  });
  assertEquals(wrong, [
    "BACKEND_URL cannot be used: it starts with ftp://: expected http:// or https://",
    'JOBS_REFRESH_INTERVAL is "0": expected whole seconds from 1 to 86400',
    'LOG_LEVEL is "loud": expected one of debug, info, warn, error',
    "BOT_TOKEN cannot be used: there is white space or an odd character inside it: copy it from the bot's page in Grafolean",
  ]);
  for (
    const url of [
      "grafolean.example.com/api",
      `${URL_}?b=${TOKEN}`,
      "http://user:secret@host/api",
      `${URL_}#x`,
    ]
  ) {
    const [problem, ...more] = await problems({ ...GOOD, BACKEND_URL: url });
    assertEquals(more, []);
    assertStringIncludes(problem ?? "", "BACKEND_URL cannot be used: it ");
    assert(!/5b8c1f0e|secret/.test(problem ?? ""), problem);
  }
  for (const interval of ["-5", "1.5", "1e9", "1000000000", "two", "0x10", "∞"]) {
    const [problem] = await problems({ ...GOOD, JOBS_REFRESH_INTERVAL: interval });
    assertStringIncludes(problem ?? "", `JOBS_REFRESH_INTERVAL is "${interval}"`);
  }
  assertEquals(await problems({ ...GOOD, BOT_TOKEN_FROM_FILE: "token" }), [
    "BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set: expected one of them",
  ]);
});

Deno.test("loadConfig reads a .env file, which the environment overrules", async () => {
  await using dir = await folder();
  await dir.write(
    ".env",
    `\uFEFF# a comment\r\nexport BACKEND_URL="${URL_}"\r\nBOT_TOKEN='${TOKEN}' # mine\r\nLOG_LEVEL=warn\r\nJOBS_REFRESH_INTERVAL=\r\n`,
  );
  const envFile = join(dir.path, ".env");
  const config = await loadConfig({ env: { LOG_LEVEL: "error", BOT_TOKEN: "" }, envFile });
  assertEquals({ ...config }, { backendUrl: URL_, jobsRefreshInterval: 120, logLevel: "error" });
  assertEquals(config.botToken, TOKEN);
});

Deno.test("loadConfig can do without a .env file, but not with one that cannot be read", async () => {
  await using dir = await folder();
  await loadConfig({ env: GOOD, envFile: join(dir.path, "none") });
  const [problem] = await problems(GOOD, { envFile: dir.path });
  assertStringIncludes(problem ?? "", `The file "${dir.path}" cannot be read: EISDIR`);
});

Deno.test("loadConfig repeats no token that stands in the wrong place", async () => {
  const { BACKEND_URL } = GOOD;
  for (const token of [TOKEN, TOKEN.toUpperCase()]) {
    assertEquals(await problems({ BACKEND_URL, BOT_TOKEN_FROM_FILE: token }), [
      "BOT_TOKEN_FROM_FILE looks like the token itself: expected the path of a file that holds it, or the token in BOT_TOKEN",
    ]);
  }
});

Deno.test({
  name: "loadConfig says nothing of a value in a .env file that Deno cannot understand",
  permissions: { read: true, write: true },
  async fn() {
    await using dir = await folder();
    await dir.write(".env", `BOT_TOKEN=5b8c1f0e$9d2a\nBACKEND_URL=${URL_}\n`);
    const envFile = join(dir.path, ".env");
    const said = (await problems({}, { envFile })).join();
    assertStringIncludes(said, `"${envFile}" cannot be understood: put values that hold a $ into`);
    assert(!said.includes("9d2a"), said);
  },
});

Deno.test("loadConfig says which permissions Deno wants for what is missing", async () => {
  const env = new Proxy<Record<string, string>>({}, {
    get: (_, name) => {
      if (name === "BACKEND_URL") return URL_;
      throw Object.assign(new Error(`Requires env access to "${String(name)}"`), {
        name: "NotCapable",
      });
    },
  });
  const [first, second, ...more] = await problems(env);
  assertStringIncludes(
    first ?? "",
    "Deno does not let the bot look for all of its settings: run it with --allow-env=BACKEND_URL,BOT_TOKEN,",
  );
  assertStringIncludes(second ?? "", "Neither BOT_TOKEN");
  assertEquals(more, []);
});

Deno.test("loadConfig waits for the file with the token, and says so", async () => {
  await using dir = await folder();
  const file = join(dir.path, "token");
  const said: string[] = [];
  const log = {
    info: (line: string) => void said.push(line),
    warn: (line: string) => void said.push(line),
  };
  const loading = loadConfig({
    env: { BACKEND_URL: URL_, BOT_TOKEN_FROM_FILE: file },
    envFile: false,
    pollMs: 5,
    log,
  });
  await delay(30);
  await dir.write("token", "\n");
  await delay(30);
  await dir.write("token", `${TOKEN}\n`);
  const config = await loading;
  assertEquals(config.botToken, TOKEN);
  assertEquals(said, [
    `Waiting for the bot token in the file "${file}" (BOT_TOKEN_FROM_FILE): it is not there yet`,
  ]);
  await dir.write("token", "another\n");
  assertEquals((await config.rereadToken?.())?.trim(), "another");
});

Deno.test("loadConfig takes no token that is only half written", async () => {
  await using dir = await folder();
  const loading = loadConfig({
    env: { BACKEND_URL: URL_, BOT_TOKEN_FROM_FILE: join(dir.path, "token") },
    envFile: false,
    pollMs: 400,
  });
  await delay(20);
  await dir.write("token", TOKEN.slice(0, 5));
  await delay(580);
  await dir.write("token", `${TOKEN}\n`);
  assertEquals((await loading).botToken, TOKEN);
});

Deno.test("loadConfig ends the wait for the token when it is told to", async () => {
  await using dir = await folder();
  const stop = new AbortController();
  const loading = loadConfig({
    env: { BACKEND_URL: URL_, BOT_TOKEN_FROM_FILE: join(dir.path, "token") },
    envFile: false,
    pollMs: 10_000,
    signal: stop.signal,
  });
  const reason = new Error("enough");
  setTimeout(() => stop.abort(reason), 10);
  assertEquals(await assertRejects(() => loading), reason);
});

Deno.test("loadConfig does not wait for a file that holds something else, or cannot be read", async () => {
  await using dir = await folder();
  await dir.write("token", "not a token");
  const env = { BACKEND_URL: URL_, BOT_TOKEN_FROM_FILE: join(dir.path, "token") };
  const [problem] = await problems(env);
  assertStringIncludes(
    problem ?? "",
    `BOT_TOKEN_FROM_FILE: the token in "${env.BOT_TOKEN_FROM_FILE}" cannot be used`,
  );
  assert(!problem?.includes("not a token"));
  const [other] = await problems({ ...env, BOT_TOKEN_FROM_FILE: dir.path });
  assertStringIncludes(other ?? "", `BOT_TOKEN_FROM_FILE: "${dir.path}" cannot be read: EISDIR`);
});

Deno.test("loadConfig makes a config that does not show its token", async () => {
  const config = await loadConfig({ env: GOOD, envFile: false });
  for (
    const shown of [
      JSON.stringify(config),
      JSON.stringify({ ...config }),
      Deno.inspect(config, { showHidden: true, getters: true }),
      inspect(config, { showHidden: true, getters: true, depth: null }),
    ]
  ) assert(!shown.includes(TOKEN), shown);
});
