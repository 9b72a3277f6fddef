// Generates projects and uses them as their users do: the first template, and in `deno task test:full` all of them, with
// the combinations of options spread over the templates.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { findTemplate, TEMPLATES } from "../../src/scaffold/templates.ts";
import type { Template } from "../../templates/template.ts";
import { FULL } from "../full.ts";
import {
  deno,
  denoOk,
  denoUntil,
  exists,
  generate,
  ROOT,
  sandboxWith,
  taskArgs,
  tempDir,
} from "./project_kit.ts";

/** What a bot needs to collect values from the device in the sandbox. Bots without an entry must still run. */
const SAMPLES: Record<string, Partial<Parameters<typeof sandboxWith>[0]>> = {
  minimal: {},
  http: { sensor: (url) => ({ url: `${url}/status/info` }) },
  ping: { credential: { n_packets: "1", timeout: "1", retry: "0", sleep_packets: "0" } },
};

/** Settings that let two bots run on the same machine. */
const SETTINGS: Record<string, Record<string, string>> = { netflow: { NETFLOW_PORT: "0" } };

/** Bots that send their first values after a minute: these tests only wait for the jobs. */
const SLOW = ["netflow"];
const RUNS = /\d jobs? \(/;

interface Combination {
  readonly name: string;
  readonly protocol?: string;
  readonly backendUrl?: string;
  readonly dir: string;
}

/** Names that sort before and after others, the shortest and the longest; folders with odd characters. */
function combinations(template: Template): Combination[] {
  const names = ["mybot", "a", "zebra-9", `${"z".repeat(36)}-9a`, "collector", "entity-info"];
  const protocols = template.protocolChoice === "fixed"
    ? [undefined]
    : [undefined, "my_Protocol-2", "q".repeat(50)];
  const urls = [undefined, "https://grafolean.example.com/api", "http://[::1]:8080/deep/er/api"];
  const dirs = ["plain", "with space", "für alle/監視 🚀", "it's & so; on", "-x"];
  return names.flatMap((name, n) =>
    protocols.map((protocol, p) => {
      const backendUrl = urls[(n + p) % urls.length];
      return {
        name,
        dir: join(dirs[(n + p) % dirs.length]!, `${template.name} ${name} ${p}`),
        ...(protocol !== undefined && { protocol }),
        ...(backendUrl !== undefined && { backendUrl }),
      };
    })
  );
}

Deno.test(
  "scaffold.ts creates projects that pass fmt and lint under any name",
  async () => {
    await using temp = await tempDir();
    let any = "";
    for (const template of TEMPLATES) {
      for (const combination of combinations(template)) {
        any = join(temp.path, combination.dir);
        await generate(any, { template, ...combination });
      }
    }
    // All have the same rules, so one deno.json does, and Deno starts only once.
    await Deno.copyFile(join(any, "deno.json"), join(temp.path, "deno.json"));
    const count = TEMPLATES.flatMap(combinations).length;
    for (const args of [["fmt", "--check"], ["lint"]]) {
      const { err } = await denoOk(temp.path, args);
      // Each has more modules than these.
      assert(Number(/Checked (\d+) files/.exec(err)?.[1]) > 3 * count, err);
    }
  },
);

Deno.test("scaffold.ts creates projects inside the checkout that Deno does not warn about", async () => {
  const parent = join(ROOT, ".tmp");
  await Deno.mkdir(parent, { recursive: true });
  const dir = await Deno.makeTempDir({ dir: parent });
  try {
    await generate(dir, { template: TEMPLATES[0], name: "mybot" });
    const { err } = await denoOk(dir, ["task"]);
    assertEquals(err.includes("Warning"), false, err);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

for (const [index, template] of TEMPLATES.slice(0, FULL ? undefined : 1).entries()) {
  const share = combinations(template).filter((_, n) => n % TEMPLATES.length === index);
  for (const combination of FULL ? share : share.slice(1, 2)) {
    const { name, protocol = "", dir } = combination;
    Deno.test(`scaffold.ts creates a ${template.name} project that works: ${name} ${protocol}`, async () => {
      await using temp = await tempDir();
      const path = join(temp.path, dir);
      await generate(path, { template, ...combination });
      // Format and lint are checked above, and types only once.
      await denoOk(path, ["task", "check"]);
      const { out } = await denoOk(path, ["task", "test", "--no-check"]);
      assertMatch(out, /ok \| [1-9]\d* passed/);
      await tryAgainstSandbox(path, template, combination);
    });
  }

  Deno.test(`scaffold.ts creates a ${template.name} project that runs on sample devices`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    await using temp = await tempDir();
    await generate(temp.path, { template, name: "mybot" });
    const args = (await taskArgs(temp.path, "dev")).filter((arg) => arg !== "--watch");
    const { code, out, err } = await denoUntil(
      temp.path,
      args,
      (printed) => (SLOW.includes(template.name) ? RUNS : /^ {2}\d\d:\d\d:\d\d /m).test(printed),
    );
    assertStringIncludes(out, "Stopped", err);
    assertEquals(code, 0, err);
  });
}

async function tryAgainstSandbox(
  dir: string,
  template: Template,
  { name, protocol }: Combination,
): Promise<void> {
  const sample = SAMPLES[template.name];
  await using backend = await sandboxWith({
    protocol: protocol ?? (template.protocolChoice === "bot name" ? name : template.protocol),
    ...sample,
  });
  await fillIn(dir, {
    BACKEND_URL: backend.url,
    BOT_TOKEN: backend.token,
    ...SETTINGS[template.name],
  });
  // The permissions name another backend.
  await allowBackend(dir, backend.url);

  if (SLOW.includes(template.name)) {
    if (Deno.build.os === "windows") return; // there is no SIGINT
    const start = await taskArgs(dir, "start");
    const { code, err } = await denoUntil(dir, start, (printed) => RUNS.test(printed));
    assertEquals(code, 0, err);
    return;
  }
  const dry = await deno(dir, ["task", "dry-run", "--json"]);
  assertEquals(backend.sandbox.countValues(), 0);
  if (sample === undefined) {
    assert(dry.code < 2, dry.err);
    return;
  }
  assertEquals(dry.code, 0, dry.err);
  assertMatch(dry.out, /"p":"entity\.\d+\./);

  if (Deno.build.os === "windows") return; // there is no SIGINT
  const { code, err } = await denoUntil(
    dir,
    await taskArgs(dir, "start"),
    () => backend.sandbox.countValues() > 0,
  );
  assertEquals(code, 0, err);
  assert(exists(join(dir, "data", "outbox.db")));
  const health = await deno(dir, ["task", "health"]);
  assertEquals(health.out.trim(), `${name} is unhealthy: stopped`);
}

async function fillIn(dir: string, settings: Record<string, string>): Promise<void> {
  const path = join(dir, ".env");
  let text = await Deno.readTextFile(path);
  for (const [name, value] of Object.entries(settings)) {
    text = text.replace(new RegExp(`^${name}=.*$`, "m"), `${name}=${value}`);
  }
  await Deno.writeTextFile(path, text);
}

async function allowBackend(dir: string, url: string): Promise<void> {
  const path = join(dir, "deno.json");
  const text = await Deno.readTextFile(path);
  const { host } = new URL(url);
  await Deno.writeTextFile(path, text.replaceAll(/--allow-net=\S+:\d+/g, `--allow-net=${host}`));
}

Deno.test("scaffold.ts leads from nothing to the first value on a dashboard", async () => {
  await using temp = await tempDir();
  await using backend = await sandboxWith({ protocol: "other" });
  backend.sandbox.addPerson({ username: "admin", password: "it's $ecret" });
  const start = performance.now();
  await denoOk(temp.path, [
    "run",
    "--no-prompt",
    "--allow-read=.",
    "--allow-write=.",
    "--allow-run=git",
    join(ROOT, "scaffold.ts"),
    "mybot",
    `--backend-url=${backend.url}`,
  ]);
  const dir = join(temp.path, "mybot");
  const setup = ["task", "setup", "--user", "admin", "--yes"];
  const { out } = await denoOk(dir, setup, {}, "it's $ecret\n");
  assertStringIncludes(out, 'The first value of "device 1" has arrived: 42 at entity.');
  assertMatch(out, /^Dashboard: http:.*\/dashboards\/view\/mybot$/m);
  const seconds = (performance.now() - start) / 1000;
  // deno-lint-ignore no-console -- the number is the point of this test
  console.log(`from the first command to the first stored value: ${seconds.toFixed(1)} s`);

  const env = await Deno.readTextFile(join(dir, ".env"));
  assertMatch(env, /^# deno task setup fills this in\.\nBOT_TOKEN=\S+$/m);
  assertEquals(env.includes("$ecret"), false);
  const explained = await denoOk(dir, ["task", "explain", "device 1"]);
  assertStringIncludes(explained.out, "1 device polled");
  await denoOk(dir, ["task", "once"]);
  assertEquals(backend.sandbox.countValues(), 2);
});

/** What `deno task setup` of a template needs besides a login. */
const SETUP_ARGS: Record<string, (url: string) => string[]> = {
  http: (url) => ["--detail", `url=${url}/status/info`],
  snmp: () => ["--detail", "ipv4=127.0.0.1"],
  netflow: () => ["--detail", "ipv4=127.0.0.1"],
};

for (const template of FULL ? TEMPLATES : []) {
  Deno.test(`scaffold.ts creates a ${template.name} project that may do all that its setup does`, async () => {
    await using temp = await tempDir();
    await using backend = await sandboxWith({ protocol: "other" });
    backend.sandbox.addPerson({ username: "admin", password: "secret" });
    // With a URL, the tasks permit no more hosts than the bot needs.
    await generate(temp.path, { template, name: "mybot", backendUrl: backend.url });
    const args = SETUP_ARGS[template.name]?.(backend.url) ?? [];
    const setup = ["task", "setup", "--user", "admin", "--yes", ...args];
    const { out } = await denoOk(temp.path, setup, SETTINGS[template.name], "secret\n");
    assertMatch(out, /^Dashboard: http:/m);
    const again = await denoOk(temp.path, setup, SETTINGS[template.name], "secret\n");
    assertEquals(/^(created|changed) /m.test(again.out), false, again.out);
  });
}

Deno.test(
  "scaffold.ts creates a project whose bot reads a token that Grafolean's Docker Compose shares",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    await using temp = await tempDir();
    await using backend = await sandboxWith({ protocol: "mybot" });
    await generate(temp.path, { template: TEMPLATES[0], name: "mybot", backendUrl: backend.url });
    const start = await taskArgs(temp.path, "start");
    const tokenFile = "/shared-secrets/tokens/mybot-bot.token";
    await fillIn(temp.path, { BACKEND_URL: backend.url });
    const waits = await denoUntil(temp.path, start, (printed) => printed.includes("Waiting"), {
      BOT_TOKEN_FROM_FILE: tokenFile,
    });
    assertStringIncludes(waits.err, `Waiting for the bot token: "${tokenFile}"`);

    // The same in a folder that a test may write, with a file that appears later, as in a new installation.
    const tokens = join(temp.path, "shared");
    await Deno.mkdir(tokens);
    const args = start.map((arg) => arg.replace("/shared-secrets/tokens", "shared"));
    let isWritten = false;
    const { code, err } = await denoUntil(temp.path, args, async (printed) => {
      if (!isWritten && printed.includes("Waiting")) {
        isWritten = true;
        await Deno.writeTextFile(join(tokens, "mybot-bot.token"), backend.token);
      }
      return backend.sandbox.countValues() > 0;
    }, { BOT_TOKEN_FROM_FILE: "shared/mybot-bot.token" });
    assertEquals(code, 0, err);
  },
);

Deno.test("scaffold.ts upgrades a project as its README says (needs git)", {
  ignore: Deno.build.os === "windows" || !hasGit(),
}, async () => {
  await using temp = await tempDir();
  const dir = temp.path;
  const sh = async (command: string) => {
    const path = { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}` };
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-ec", command],
      cwd: dir,
      env: path,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  await generate(dir, { template: findTemplate("http")!, name: "mybot", protocol: "web" });
  await sh("git init -q .");

  // A project of an older version, whose owner has changed a file and filled in the settings.
  const replace = async (name: string, from: string | RegExp, to: string) => {
    const text = await Deno.readTextFile(join(dir, name));
    assert(text.search(from) >= 0, name);
    await Deno.writeTextFile(join(dir, name), text.replace(from, to));
  };
  await replace("bot.ts", /$/, "\n// mine\n");
  await replace("Dockerfile", /^FROM .* AS build$/m, "FROM old AS build");
  await replace(".env", /^BOT_TOKEN=$/m, "BOT_TOKEN=mine");
  await replace(".env", /^LOG_LEVEL=.*\n/m, "");
  const [, commands = ""] = /^## Upgrade$.*?```sh\n(.*?)```/ms.exec(
    await Deno.readTextFile(join(dir, "README.md")),
  ) ?? [];
  await sh(`git config user.email me@example.com; git config user.name me
git add -A && git commit -qm before`);
  await sh(commands.replace(/^git diff/m, "git diff --name-only > data/changed; : "));

  const changed = await sh("cat data/changed");
  assertEquals(changed.trim().split("\n"), ["Dockerfile", "bot.ts"]);
  assertEquals((await sh("git diff --name-only")).trim(), "Dockerfile");
  const env = await Deno.readTextFile(join(dir, ".env"));
  assertMatch(env, /^BOT_TOKEN=mine$/m);
  assertMatch(env, /^LOG_LEVEL=info$/m);
  await denoOk(dir, ["task", "check"]);
});

function hasGit(): boolean {
  try {
    return new Deno.Command("git", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("scaffold.ts creates a project whose bot restarts when it changes", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using temp = await tempDir();
  await generate(temp.path, { template: TEMPLATES[0], name: "mybot" });
  const bot = join(temp.path, "bot.ts");
  let changed = false;
  const { out, err } = await denoUntil(
    temp.path,
    await taskArgs(temp.path, "dev"),
    async (printed) => {
      if (!changed && / 42$/m.test(printed)) {
        changed = true;
        const text = await Deno.readTextFile(bot);
        await Deno.writeTextFile(bot, text.replace("answer = 42", "answer = 43"));
      }
      return / 43$/m.test(printed);
    },
  );
  assertMatch(out, / 43$/m, err);
});
