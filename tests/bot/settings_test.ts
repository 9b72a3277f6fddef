import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describeSetting, loadBotSettings, SETTINGS } from "../../src/bot/settings.ts";
import { STATUS_SETTINGS } from "../../src/status/settings.ts";
import type { Setting } from "../../src/toolkit/settings.ts";
import type { SettingsTable } from "../../src/toolkit/settings.ts";
import { ConfigError } from "../../src/util/errors.ts";

const URL_ = "https://grafolean.example.com/api";
const TOKEN = "5b8c1f0e-9d2a-4c3b-8e7f-0123456789ab";
const GOOD = { BACKEND_URL: URL_, BOT_TOKEN: TOKEN };

const UNSET = {
  botTokenFile: undefined,
  outboxFile: undefined,
  devicesFile: undefined,
  healthFile: undefined,
};

function load(env: Record<string, string>, own?: SettingsTable) {
  return loadBotSettings({ env, envFile: false }, own);
}

async function problems(
  env: Record<string, string>,
  own?: SettingsTable,
): Promise<readonly string[]> {
  return (await assertRejects(() => load(env, own), ConfigError)).problems;
}

Deno.test("loadBotSettings reads the environment and applies defaults", async () => {
  assertEquals(await load(GOOD), {
    ...UNSET,
    backendUrl: URL_,
    botToken: TOKEN,
    jobsRefreshInterval: 120,
    logLevel: "info",
    logFormat: "text",
  });
  assertEquals(
    await load({
      BACKEND_URL: URL_,
      BOT_TOKEN_FROM_FILE: "data/token",
      JOBS_REFRESH_INTERVAL: "30",
      LOG_LEVEL: "DEBUG",
      LOG_FORMAT: "JSON",
      OUTBOX_FILE: "data/outbox.db",
      DEVICES_FILE: "data/devices.json",
      HEALTH_FILE: "data/health.json",
    }),
    {
      backendUrl: URL_,
      botToken: undefined,
      botTokenFile: "data/token",
      jobsRefreshInterval: 30,
      logLevel: "debug",
      logFormat: "json",
      outboxFile: "data/outbox.db",
      devicesFile: "data/devices.json",
      healthFile: "data/health.json",
    },
  );
});

Deno.test("loadBotSettings normalizes URL and token", async () => {
  const settings = await load({ BACKEND_URL: ` ${URL_}// `, BOT_TOKEN: ` ${TOKEN}\n` });
  assertEquals([settings.backendUrl, settings.botToken], [URL_, TOKEN]);
});

Deno.test("loadBotSettings names every invalid setting and what was expected", async () => {
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
    LOG_FORMAT: "xml",
  });
  assertEquals(wrong, [
    "BACKEND_URL is invalid: it does not start with http:// or https://",
    "BOT_TOKEN is invalid: it contains white space or an odd character: copy it from the list of bots in Grafolean",
    'JOBS_REFRESH_INTERVAL is "0": expected whole seconds from 1 to 86400',
    'LOG_LEVEL is "loud": expected one of debug, info, warn, error',
    'LOG_FORMAT is "xml": expected one of text, json',
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

Deno.test("loadBotSettings does not repeat a token set in the wrong place", async () => {
  const { BACKEND_URL } = GOOD;
  for (const token of [TOKEN, TOKEN.toUpperCase()]) {
    const [problem, ...more] = await problems({ BACKEND_URL, BOT_TOKEN_FROM_FILE: token });
    assertEquals(more, []);
    assertStringIncludes(
      problem ?? "",
      "BOT_TOKEN_FROM_FILE is invalid: it looks like a token: expected the path",
    );
    assert(!problem?.includes(token), problem);
  }
});

Deno.test("loadBotSettings names the missing permissions if settings are missing", async () => {
  const env = new Proxy<Record<string, string>>({}, {
    get: (_, name) => {
      if (name === "BACKEND_URL") return URL_;
      throw Object.assign(new Error(`Requires env access to "${String(name)}"`), {
        name: "NotCapable",
      });
    },
  });
  const [first, second, ...more] = await problems(env);
  assertStringIncludes(first ?? "", "run the bot with --allow-env=BACKEND_URL,BOT_TOKEN,");
  assertStringIncludes(second ?? "", "Neither BOT_TOKEN");
  assertEquals(more, []);
});

Deno.test({
  name: "loadBotSettings takes settings that it may not read as not set",
  permissions: { env: ["BACKEND_URL", "BOT_TOKEN"], read: true, write: true },
  async fn() {
    const env = new Proxy<Record<string, string>>({}, {
      get(_target, name: string) {
        if (name === "BACKEND_URL") return "http://localhost/api";
        if (name === "BOT_TOKEN") return "0d7f6c1e";
        return Deno.env.get(name); // not permitted
      },
    });
    const { outboxFile, healthFile } = await load(env);
    assertEquals([outboxFile, healthFile], [undefined, undefined]);
  },
});

Deno.test("loadBotSettings checks the bot's own settings too, whatever their keys", async () => {
  const own = {
    logLevel: { name: "MY_LEVEL", about: "A level.", parse: Number },
    port: {
      name: "MY_PORT",
      about: "A port.",
      parse(): number {
        throw new TypeError("expected a port");
      },
    },
  };
  assertEquals((await load({ ...GOOD, MY_LEVEL: "3" }, own)).logLevel, "info");
  assertEquals(await problems({ ...GOOD, MY_PORT: "x", LOG_LEVEL: "loud" }, own), [
    'MY_PORT is "x": expected a port',
    'LOG_LEVEL is "loud": expected one of debug, info, warn, error',
  ]);
});

/** The rows of the tables in a document whose first cell is a name of a setting. */
async function tableIn(path: string): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  return [...text.matchAll(/^\| `([A-Z_]+)` *\| (.*?) *\|$/gm)].map(([, name, about]) => [
    name!,
    about!,
  ]);
}

Deno.test("docs/settings.md describes the settings as their table does", async () => {
  const settings: readonly Setting[] = [
    ...Object.values(SETTINGS),
    ...Object.values(STATUS_SETTINGS),
  ];
  const rows = settings.map((each) => [each.name, describeSetting(each)]);
  assertEquals(await tableIn("docs/settings.md"), rows);
});

Deno.test("loadBotSettings refuses one file for two settings", async () => {
  assertEquals(
    await problems({
      ...GOOD,
      OUTBOX_FILE: "data/bot.db",
      DEVICES_FILE: "data/devices.json",
      HEALTH_FILE: "./data/bot.db",
    }),
    ["OUTBOX_FILE and HEALTH_FILE are the same file: expected a file for each"],
  );
});
