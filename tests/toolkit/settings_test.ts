import { loadSettings, type LoadSettingsOptions } from "@grafolean/collector/toolkit";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ConfigError } from "../../src/util/errors.ts";
import { readSettings } from "../../src/toolkit/settings.ts";

function parsePort(text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError("expected a port");
  return Number(text);
}

const TABLE = {
  port: { name: "MY_PORT", default: "7", about: "A port.", parse: parsePort },
  host: { name: "MY_HOST", about: "A host.", parse: String },
  key: { name: "MY_KEY", about: "A key.", parse: parsePort, secret: true },
};

/** A `.env` file with this text. */
async function envFileWith(text: string) {
  const dir = await Deno.makeTempDir();
  const path = join(dir, ".env");
  await Deno.writeTextFile(path, text);
  return { path, dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

async function problemsOf(options: LoadSettingsOptions): Promise<readonly string[]> {
  return (await assertRejects(() => loadSettings(TABLE, options), ConfigError)).problems;
}

/** An environment of which only these variables may be read. */
function restrictedEnv(allowed: Record<string, string>): Record<string, string> {
  return new Proxy(allowed, {
    get(_target, name: string) {
      if (name in allowed) return allowed[name];
      throw Object.assign(new Error(`Requires env access to "${name}"`), { name: "NotCapable" });
    },
  });
}

Deno.test("loadSettings parses what is set and defaults", async () => {
  assertEquals(await loadSettings(TABLE, { env: {}, envFile: false }), {
    port: 7,
    host: undefined,
    key: undefined,
  });
  const env = { MY_PORT: " 80\n", MY_HOST: "router", MY_KEY: "9", OTHER: "x" };
  const settings = await loadSettings(TABLE, { env, envFile: false });
  // What has a default needs no check for undefined.
  const sum: number = settings.port + (settings.key ?? 0);
  assertEquals([sum, settings.host], [89, "router"]);
});

Deno.test("loadSettings reads a .env file; the environment wins", async () => {
  await using file = await envFileWith(
    `\uFEFF# a comment\r\nexport MY_PORT="80"\r\nMY_HOST='a b' # mine\r\nMY_KEY=\r\n`,
  );
  assertEquals(await loadSettings(TABLE, { env: { MY_PORT: "81" }, envFile: file.path }), {
    port: 81,
    host: "a b",
    key: undefined,
  });
});

Deno.test("loadSettings takes an empty variable as not set, whatever the .env file says", async () => {
  await using file = await envFileWith("MY_PORT=80\nMY_HOST=router\n");
  const env = { MY_PORT: "", MY_HOST: " " };
  assertEquals(await loadSettings(TABLE, { env, envFile: file.path }), {
    port: 7,
    host: undefined,
    key: undefined,
  });
});

Deno.test("loadSettings lists all problems, and does not repeat a secret", async () => {
  const env = { MY_PORT: 'a "port"', MY_KEY: "hush" };
  assertEquals(await problemsOf({ env, envFile: false }), [
    'MY_PORT is "a \\"port\\"": expected a port',
    "MY_KEY is invalid: expected a port",
  ]);
});

Deno.test("loadSettings accepts a missing .env file, but not an unreadable one", async () => {
  await using file = await envFileWith("");
  await loadSettings(TABLE, { env: {}, envFile: join(file.dir, "none") });
  const [problem, ...more] = await problemsOf({ env: {}, envFile: file.dir });
  assertStringIncludes(problem ?? "", `Cannot read "${file.dir}": EISDIR`);
  assertEquals(more, []);
});

Deno.test({
  name: "loadSettings does not show values of a .env file that it cannot parse",
  permissions: { read: true, write: true },
  async fn() {
    await using file = await envFileWith("MY_KEY=5b8c1f0e$9d2a\nMY_PORT=80\n");
    const all = (await problemsOf({ env: {}, envFile: file.path })).join();
    assertStringIncludes(all, `Cannot parse "${file.path}": put values that contain $ in`);
    assert(!all.includes("9d2a"), all);
  },
});

Deno.test("loadSettings takes settings that it may not read as not set", async () => {
  const env = restrictedEnv({ MY_HOST: "router" });
  assertEquals(await loadSettings(TABLE, { env, envFile: false }), {
    port: 7,
    host: "router",
    key: undefined,
  });
});

Deno.test("loadSettings throws what is no lack of permission", async () => {
  const env = new Proxy<Record<string, string>>({}, {
    get() {
      throw new RangeError("too long");
    },
  });
  await assertRejects(() => loadSettings(TABLE, { env, envFile: false }), RangeError, "too long");
});

Deno.test("readSettings hints at missing permissions and a missing file", async () => {
  const env = restrictedEnv({ MY_HOST: "router" });
  const { hints } = await readSettings(TABLE, { env, envFile: "/does/not/exist/.env" });
  assertEquals(hints, [
    "Deno denies access to some settings: run the bot with --allow-env=MY_PORT,MY_HOST,MY_KEY",
    '"/does/not/exist/.env" does not exist: start the bot in its directory, or set what is missing in the environment',
  ]);
  assertEquals((await readSettings(TABLE, { env: {}, envFile: false })).hints, []);
});
