import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import { inspect } from "node:util";
import { loadConfig, type LoadConfigOptions, loadVariables } from "../../src/bot/config.ts";
import { ConfigError } from "../../src/util/errors.ts";

const URL_ = "https://grafolean.example.com/api";
const TOKEN = "5b8c1f0e-9d2a-4c3b-8e7f-0123456789ab";
const GOOD = { BACKEND_URL: URL_, BOT_TOKEN: TOKEN };

/** A temporary directory. */
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

Deno.test("loadConfig reads the environment and applies defaults", async () => {
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

Deno.test("loadConfig normalizes URL and token", async () => {
  const config = await loadConfig({
    env: { BACKEND_URL: ` ${URL_}// `, BOT_TOKEN: ` ${TOKEN}\n` },
    envFile: false,
  });
  assertEquals([config.backendUrl, config.botToken], [URL_, TOKEN]);
});

Deno.test("loadConfig names every invalid setting and what was expected", async () => {
  assertEquals(await problems({}), [
    "BACKEND_URL is not set: expected a URL such as https://grafolean.example.com/api",
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
    "BACKEND_URL is invalid: it does not start with http:// or https://",
    'JOBS_REFRESH_INTERVAL is "0": expected whole seconds from 1 to 86400',
    'LOG_LEVEL is "loud": expected one of debug, info, warn, error',
    "BOT_TOKEN is invalid: it contains white space or an odd character: copy it from the bot's page in Grafolean",
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
    assertStringIncludes(problem ?? "", "BACKEND_URL is invalid: it ");
    assert(!/5b8c1f0e|secret/.test(problem ?? ""), problem);
  }
  for (const interval of ["-5", "1.5", "1e9", "1000000000", "two", "0x10", "∞"]) {
    const [problem] = await problems({ ...GOOD, JOBS_REFRESH_INTERVAL: interval });
    assertStringIncludes(problem ?? "", `JOBS_REFRESH_INTERVAL is "${interval}"`);
  }
  assertEquals(await problems({ ...GOOD, BOT_TOKEN_FROM_FILE: "token" }), [
    "BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set: expected only one of them",
  ]);
});

Deno.test("loadConfig reads a .env file; the environment wins", async () => {
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

Deno.test("loadConfig accepts a missing .env file, but not an unreadable one", async () => {
  await using dir = await folder();
  await loadConfig({ env: GOOD, envFile: join(dir.path, "none") });
  const [problem] = await problems(GOOD, { envFile: dir.path });
  assertStringIncludes(problem ?? "", `Cannot read "${dir.path}": EISDIR`);
});

Deno.test("loadConfig does not repeat a token set in the wrong place", async () => {
  const { BACKEND_URL } = GOOD;
  for (const token of [TOKEN, TOKEN.toUpperCase()]) {
    const [problem, ...more] = await problems({ BACKEND_URL, BOT_TOKEN_FROM_FILE: token });
    assertEquals(more, []);
    assertStringIncludes(
      problem ?? "",
      "BOT_TOKEN_FROM_FILE looks like a token: expected the path",
    );
    assert(!problem?.includes(token), problem);
  }
});

Deno.test({
  name: "loadConfig does not show values of a .env file that it cannot parse",
  permissions: { read: true, write: true },
  async fn() {
    await using dir = await folder();
    await dir.write(".env", `BOT_TOKEN=5b8c1f0e$9d2a\nBACKEND_URL=${URL_}\n`);
    const envFile = join(dir.path, ".env");
    const all = (await problems({}, { envFile })).join();
    assertStringIncludes(all, `Cannot parse "${envFile}": put values that contain $ in`);
    assert(!all.includes("9d2a"), all);
  },
});

Deno.test("loadConfig names the missing permissions if settings are missing", async () => {
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
    "run the bot with --allow-env=BACKEND_URL,BOT_TOKEN,",
  );
  assertStringIncludes(second ?? "", "Neither BOT_TOKEN");
  assertEquals(more, []);
});

Deno.test("loadConfig waits for the token file and logs that", async () => {
  await using dir = await folder();
  const file = join(dir.path, "token");
  const logged: string[] = [];
  const log = {
    info: (line: string) => void logged.push(line),
    warn: (line: string) => void logged.push(line),
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
  assertEquals(logged, [
    `Waiting for the bot token: "${file}" (BOT_TOKEN_FROM_FILE) does not exist yet`,
  ]);
  await dir.write("token", "another\n");
  assertEquals((await config.rereadToken?.())?.trim(), "another");
});

Deno.test("loadConfig does not accept a half-written token", async () => {
  await using dir = await folder();
  const loading = loadConfig({
    env: { BACKEND_URL: URL_, BOT_TOKEN_FROM_FILE: join(dir.path, "token") },
    envFile: false,
    pollMs: 1000,
  });
  await delay(20);
  await dir.write("token", TOKEN.slice(0, 5));
  await delay(1480);
  await dir.write("token", `${TOKEN}\n`);
  assertEquals((await loading).botToken, TOKEN);
});

Deno.test("loadConfig ends the wait for the token when its signal aborts", async () => {
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

Deno.test("loadConfig does not wait for a token file that is invalid or unreadable", async () => {
  await using dir = await folder();
  await dir.write("token", "not a token");
  const env = { BACKEND_URL: URL_, BOT_TOKEN_FROM_FILE: join(dir.path, "token") };
  const [problem] = await problems(env);
  assertStringIncludes(
    problem ?? "",
    `token in "${env.BOT_TOKEN_FROM_FILE}" (BOT_TOKEN_FROM_FILE) is invalid`,
  );
  assert(!problem?.includes("not a token"));
  const [other] = await problems({ ...env, BOT_TOKEN_FROM_FILE: dir.path });
  assertStringIncludes(other ?? "", `Cannot read "${dir.path}" (BOT_TOKEN_FROM_FILE): EISDIR`);
});

Deno.test("loadConfig returns a config that does not show its token", async () => {
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

Deno.test({
  name: "loadConfig takes settings that it may not read as not set",
  permissions: { env: ["BACKEND_URL", "BOT_TOKEN"], read: true, write: true },
  async fn() {
    const env = new Proxy<Record<string, string>>({}, {
      get(_target, name: string) {
        if (name === "BACKEND_URL") return "http://localhost/api";
        if (name === "BOT_TOKEN") return "0d7f6c1e";
        return Deno.env.get(name); // not permitted
      },
    });
    const config = await loadConfig({ env, envFile: false });
    assertEquals(config.outboxFile, undefined);
    assertEquals(config.healthFile, undefined);
  },
});

Deno.test("loadVariables prefers the environment and takes empty settings as not set", async () => {
  const envFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(envFile, "MY_PORT=1\nMY_HOST=file\nOTHER=x\nMY_NAME=\n");
    const env = { MY_PORT: " 2 ", MY_HOST: "" };
    assertEquals(await loadVariables(["MY_PORT", "MY_HOST", "MY_NAME"], { env, envFile }), {
      MY_PORT: "2",
      MY_HOST: "file",
    });
  } finally {
    await Deno.remove(envFile);
  }
});

Deno.test("loadVariables throws if the file cannot be read", async () => {
  const envFile = await Deno.makeTempDir();
  try {
    await assertRejects(() => loadVariables(["MY_PORT"], { env: {}, envFile }), ConfigError);
  } finally {
    await Deno.remove(envFile);
  }
});
