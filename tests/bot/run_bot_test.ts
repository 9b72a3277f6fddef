import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { VERSION } from "../../src/util/version.ts";
import { NAMES, noSignals, stage } from "./bot_process.ts";

Deno.test("VERSION is the version in deno.json", () => {
  assertEquals(VERSION, config.version);
});

Deno.test("runBot --help and --version need no settings and no permissions", async () => {
  await using it = await stage();
  const help = it.start(["--help"], {}, []);
  const version = it.start(["--version"], {}, []);
  const { code, stdout, stderr } = await help.end();
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^Usage: named-bot \[options\]\n/);
  assertEquals(await version.end(), {
    code: 0,
    stdout: `named-bot 1.2.3 (@grafolean/collector ${config.version})\n`,
    stderr: "",
  });
});

Deno.test("runBot exits with 2 if settings are missing or invalid, and names them", async () => {
  await using it = await stage();
  const none = it.start([], {});
  const forbidden = it.start([], it.env, []);
  const flag = it.start(["--onse"], it.env);
  const token = it.start(["--once"], {
    ...it.env,
    BOT_TOKEN: "00000000-0000-4000-8000-000000000000",
  });
  {
    const { code, stdout, stderr } = await none.end();
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `ERROR ".env" does not exist: start the bot in its directory`);
    assertStringIncludes(stderr, "ERROR BACKEND_URL is not set");
    assertStringIncludes(stderr, "ERROR Neither BOT_TOKEN nor BOT_TOKEN_FROM_FILE is set");
    assertEquals(stderr.trim().split("\n").length, 3);
  }
  {
    const { code, stderr } = await forbidden.end();
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      `run the bot with --allow-env=${NAMES.join(",")} --allow-read=.env`,
    );
    assert(!stderr.includes("    at "), stderr); // no stack
  }
  {
    const { code, stderr } = await flag.end();
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      'ERROR Unknown option "--onse" (did you mean --once?): see --help',
    );
  }
  {
    const { code, stderr } = await token.end();
    assertEquals(code, 2);
    assertStringIncludes(stderr, "unknown bot token");
    assert(!stderr.includes("00000000-0000"), stderr);
  }
});

Deno.test("runBot logs as LOG_FORMAT says, from the first line on, in the environment or in .env", async () => {
  await using it = await stage("throws");
  const records = async (args: string[], env: Record<string, string>, code: number) => {
    const { stderr, ...others } = await it.start(args, env).end();
    assertEquals(others, { code, stdout: "" }, stderr);
    return stderr.trim().split("\n").map((line) => JSON.parse(line));
  };
  const [first, ...rest] = await records(["--once"], { ...it.env, LOG_FORMAT: "json" }, 1);
  assertEquals(Object.keys(first), ["time", "level", "message"]);
  assertMatch(first.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertMatch(first.message, /^Starting /);
  const failure = rest.find(({ jobId }) => jobId === "throws");
  assertEquals(Object.keys(failure), ["time", "level", "message", "jobId"]);
  assertMatch(failure.message, /^Failed after /);
  assertMatch((await records(["--onse"], { LOG_FORMAT: "json" }, 2))[0].message, /--onse/);
  await Deno.writeTextFile(`${it.folder}/.env`, "LOG_FORMAT=json\nLOG_LEVEL=loud\n");
  assertEquals((await records([], it.env, 2)).map(({ message }) => message), [
    'LOG_LEVEL is "loud": expected one of debug, info, warn, error',
  ]);
  const { stderr } = await it.start([], { ...it.env, LOG_LEVEL: "", LOG_FORMAT: "xml" }).end();
  assertMatch(stderr, /ERROR LOG_FORMAT is "xml": expected one of text, json\n$/);
});

Deno.test("runBot --once takes settings from .env, sends the values and logs a summary", async () => {
  await using it = await stage("kitchen", "hall");
  await Deno.writeTextFile(
    join(it.folder, ".env"),
    `BACKEND_URL=${it.env.BACKEND_URL}/\nBOT_TOKEN='${it.token}'\n`,
  );
  const { code, stdout, stderr } = await it.start(["--once"], {}).end();
  assertEquals([code, stdout], [0, ""], stderr);
  assertStringIncludes(
    stderr,
    "2 jobs ok; 2 values sent\n",
  );
  assertEquals(it.sandbox.values(it.account).map(({ p }) => p).sort(), ["hall", "kitchen"]);
  assert(!stderr.includes("\x1b"), "colors are only for terminals");
  assert(!stderr.includes(it.token));
});

Deno.test("runBot takes an empty variable as not set, whatever .env says", async () => {
  await using it = await stage("kitchen");
  const outbox = join(it.folder, "outbox.db");
  await Deno.writeTextFile(join(it.folder, ".env"), `OUTBOX_FILE=${outbox}\n`);
  const permissions = [
    ...it.permissions.slice(0, 2),
    `--allow-read=.env,${it.folder}`,
    `--allow-write=${it.folder}`,
  ];
  const files = () => [...Deno.readDirSync(it.folder)].map(({ name }) => name);
  const withEmpty = { ...it.env, OUTBOX_FILE: "" };
  assertEquals((await it.start(["--once"], withEmpty, permissions).end()).code, 0);
  assertEquals(files(), [".env"]);
  assertEquals((await it.start(["--once"], it.env, permissions).end()).code, 0);
  assert(files().includes("outbox.db"), `${files()}`);
});

Deno.test("runBot --once exits with 1 if a job fails", async () => {
  await using it = await stage("kitchen", "throws");
  const { code, stderr } = await it.start(["--once"], it.env).end();
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /ERROR \[throws\] Failed after [\d.]+ s: Error: no answer \(run_bot_program\.ts:\d+:\d+\)/,
  );
  assertStringIncludes(stderr, "1 job ok, 1 failed; 1 value sent");
  assertEquals(it.sandbox.countValues(it.account), 1);
});

Deno.test("runBot --dry-run prints a table, or JSON lines with --json, and sends nothing", async () => {
  await using it = await stage("kitchen", "a b");
  const table = it.start(["--dry-run"], it.env);
  const json = it.start(["--dry-run", "--json"], { ...it.env, LOG_LEVEL: "error" });
  {
    const { code, stdout } = await table.end();
    assertEquals(code, 0);
    const [head, row, refused] = stdout.split("\n");
    assertMatch(head ?? "", /^ACCOUNT +JOB +VALUE +PATH$/);
    assertMatch(row ?? "", /^\d+ +kitchen +1 +kitchen$/);
    assertMatch(refused ?? "", /^refused: "a b" = 1 \(job a b\): a path is segments/);
  }
  {
    const { code, stdout, stderr } = await json.end();
    assertEquals([code, stderr], [0, ""]);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(
      lines.map(({ accountId, jobId, p, v, refused }) => [accountId, jobId, p, v, typeof refused])
        .sort(),
      [
        [it.account.id, "a b", "a b", 1, "string"],
        [it.account.id, "kitchen", "kitchen", 1, "undefined"],
      ],
    );
  }
  assertEquals(it.sandbox.requests.entries.filter(({ method }) => method !== "GET"), []);
});

Deno.test("runBot stops cleanly while it waits for Grafolean or its token", {
  ignore: noSignals,
}, async () => {
  await using it = await stage();
  using _away = it.sandbox.faults.add({ status: 502 });
  const waiting = it.start([], it.env);
  const file = join(it.folder, "token");
  const { BACKEND_URL } = it.env;
  const tokenless = it.start([], { BACKEND_URL, BOT_TOKEN_FROM_FILE: file }, [
    ...it.permissions.slice(0, 2),
    `--allow-read=.env,${file}`,
  ]);
  await waiting.waitForOutput("Waiting as Grafolean at");
  await tokenless.waitForOutput("Waiting for the bot token");
  for (const bot of [waiting, tokenless]) bot.signal("SIGTERM");
  assertEquals((await waiting.end()).code, 0);
  assertEquals((await tokenless.end()).code, 0);
});

Deno.test("runBot names a missing --allow-net and a missing /api at once, with and without a token", async () => {
  await using it = await stage();
  const token = { BOT_TOKEN: it.token };
  const file = { BOT_TOKEN_FROM_FILE: "no-token" };
  const rights = [...it.permissions.slice(1, 2), "--allow-read=.env,no-token"];
  for (const env of [token, file]) {
    const { BACKEND_URL } = it.env;
    const denied = await it.start([], { BACKEND_URL, ...env }, rights).end();
    assertEquals(denied.code, 2);
    assertMatch(denied.stderr, /as --allow-net does not include it: add it to the permissions/);
    const base = BACKEND_URL.replace("/api", "");
    const allowed = [...it.permissions.slice(0, 1), ...rights];
    const corrected = await it.start([], { BACKEND_URL: base, ...env }, allowed).end();
    assertEquals(corrected.code, 2);
    assertStringIncludes(corrected.stderr, `but one does at ${BACKEND_URL}: use that URL`);
    for (const { stderr } of [denied, corrected]) assert(!stderr.includes("Waiting"), stderr);
  }
});

Deno.test(
  "runBot keeps running after unhandled errors of a job",
  { ignore: noSignals },
  async () => {
    await using it = await stage("careless");
    const bot = it.start([], it.env);
    await it.sandbox.waitForValues(2, { path: "careless", timeout: 120 });
    bot.signal("SIGTERM");
    const { code, stderr } = await bot.end();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "Unhandled rejection: Error: left behind (run_bot_program.ts:");
    assertStringIncludes(stderr, "Uncaught exception: Error: thrown by a timer");
  },
);

Deno.test("runBot writes its outbox and health files with permissions for just these", {
  ignore: noSignals,
}, async () => {
  await using it = await stage("kitchen");
  const outbox = join(it.folder, "outbox.db");
  const health = join(it.folder, "health.json");
  const env = { ...it.env, OUTBOX_FILE: outbox, HEALTH_FILE: health };
  const allowed = [
    ...it.permissions.slice(0, 2),
    `--allow-read=.env,${outbox},${health},${health}.new`,
    `--allow-write=${outbox},${health},${health}.new`,
  ];
  const bot = it.start([], env, allowed);
  await it.sandbox.waitForValues(1, { timeout: 120 });
  const asked = await it.start(["--health"], env, allowed).end();
  assertEquals([asked.code, asked.stderr], [0, ""], asked.stdout);
  bot.signal("SIGTERM");
  const { code, stderr } = await bot.end();
  assertEquals(code, 0);
  assert(!/WARN|ERROR/.test(stderr), stderr);
  assertEquals((await Deno.stat(outbox)).isFile, true);
});

Deno.test("runBot polls the devices of DEVICES_FILE when it restarts while Grafolean is away", {
  ignore: noSignals,
}, async () => {
  await using it = await stage("throws");
  const file = join(it.folder, "devices.json");
  const permissions = [
    ...it.permissions.slice(0, 2),
    `--allow-read=.env,${file},${file}.new`,
    `--allow-write=${file},${file}.new`,
  ];
  for (const isAway of [false, true]) {
    if (isAway) it.sandbox.faults.add({ status: 502 });
    const bot = it.start([], { ...it.env, DEVICES_FILE: file }, permissions);
    await bot.waitForOutput("[throws] Failed after");
    if (isAway) await bot.waitForOutput("502");
    bot.signal("SIGTERM");
    const { code, stderr } = await bot.end();
    assertEquals(code, 0, stderr);
    assert(!stderr.includes("Waiting as Grafolean"), stderr);
    assertEquals(stderr.includes("502"), isAway, stderr);
  }
});
