import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/dotenv/parse";
import { join } from "node:path";
import { create } from "../../src/scaffold/create.ts";
import type { CreateIo } from "../../src/scaffold/io.ts";
import { CancelledError, type Prompt } from "../../src/util/prompt.ts";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import { tempDir } from "./project_kit.ts";

const TOKEN = "0d7f6c1e-1234-4abc-8def-0123456789ab";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  cwd: string,
  args: string[],
  changes: Partial<CreateIo> = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await create({
    args,
    command: "deno run scaffold.ts",
    cwd,
    checkout: undefined,
    denoVersion: "2.9.6",
    windows: false,
    prompt: undefined,
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
    requestAccess: () => Promise.resolve(undefined),
    initGit: () => Promise.resolve("GIT"),
    ...changes,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** A user who gives these answers, then cancels. */
function promptWith(...answers: string[]): Prompt & { readonly shown: string[] } {
  const shown: string[] = [];
  const ask = (question: string, defaultValue: string) => {
    shown.push(question);
    const next = answers.shift();
    if (next === undefined) throw new CancelledError();
    return next || defaultValue;
  };
  return {
    shown,
    ask,
    askSecret: (question) => new Promise((resolve) => resolve(ask(question, ""))),
    print: (line) => shown.push(line),
  };
}

function listDir(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
}

Deno.test("create writes a project and prints the next steps", async () => {
  await using dir = await tempDir();
  const { code, out, err } = await run(dir.path, ["mybot"]);
  assertEquals([code, err], [0, ""]);
  assertEquals(listDir(dir.path), ["mybot"]);
  assertStringIncludes(out, "cd mybot");
  const tasks = [...out.matchAll(/^ {2}deno task (\S+)/gm)].map(([, task]) => task);
  assertEquals(tasks, ["dev", "setup", "dry-run", "start"]);
  assertStringIncludes(out, "GIT");
});

Deno.test("create writes the token to a file that only its owner may read", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await tempDir();
  await run(dir.path, ["mybot"]);
  const env = join(dir.path, "mybot", ".env");
  assertEquals(Deno.statSync(env).mode! & 0o777, 0o600);
  Deno.chmodSync(env, 0o644);
  await Deno.writeTextFile(env, `BOT_TOKEN=${TOKEN}\n`);
  await run(dir.path, ["mybot", "--force"]);
  assertEquals(Deno.statSync(env).mode! & 0o777, 0o600);
});

Deno.test("create needs no prompt when everything is on the command line", async () => {
  await using dir = await tempDir();
  const target = join("bots", "für mich");
  const args = ["watch", "--template=http", "--protocol=web", "--backend-url", "http://g/api/"];
  const { code, out } = await run(dir.path, [...args, "--dir", target, "--no-git", "--yes"]);
  assertEquals(code, 0);
  const env = parse(await Deno.readTextFile(join(dir.path, target, ".env")));
  assertEquals(env["BACKEND_URL"], "http://g/api");
  const bot = await Deno.readTextFile(join(dir.path, target, "bot.ts"));
  assertStringIncludes(bot, `const PROTOCOL = "web";`);
  assertStringIncludes(out, `cd '${target}'`);
  assertEquals(out.includes("GIT"), false);
});

Deno.test("create derives the name from the folder", async () => {
  await using dir = await tempDir();
  const { code } = await run(dir.path, ["--dir", "My Watch"]);
  assertEquals(code, 0);
  assert(listDir(join(dir.path, "My Watch")).includes("my-watch.service"));
});

Deno.test("create quotes the folder for the shell", async () => {
  await using dir = await tempDir();
  for (
    const [folder, shown] of [["für mich", "'für mich'"], ["it's", "'it'\\''s'"], ["-x", "./-x"]]
  ) {
    const { out } = await run(dir.path, ["mybot", `--dir=${folder}`]);
    assertStringIncludes(out, `  cd ${shown}\n`);
  }
  const { out } = await run(dir.path, ["mybot", "--dir", "a b"], { windows: true });
  assertStringIncludes(out, `  cd "a b"\n`);
});

Deno.test("create without a prompt mentions a URL that does not end in /api", async () => {
  await using dir = await tempDir();
  const { out } = await run(dir.path, ["one", "--backend-url=http://g/"]);
  assertStringIncludes(out, "if it should be http://g/api, deno task setup corrects it");
  for (const args of [["two", "--backend-url=http://g/api"], ["three"]]) {
    assertEquals((await run(dir.path, args)).out.includes("/api"), false);
  }
});

Deno.test("create reports all problems at once and writes nothing", async () => {
  await using dir = await tempDir();
  const args = ["My Bot", "-t", "htp", "--protocol", "a b", "--backend-url", "ftp://x"];
  const { code, err } = await run(dir.path, args);
  assertEquals(code, 2);
  assertEquals(err.split("\n").length, 4);
  assertStringIncludes(err, "how about my-bot?");
  assertStringIncludes(err, "did you mean http?");
  assertStringIncludes(err, `"a b"`);
  assertStringIncludes(err, "does not start with http");
  assertEquals(listDir(dir.path), []);
});

Deno.test("create requires a name without a terminal", async () => {
  await using dir = await tempDir();
  const { code, err } = await run(dir.path, []);
  assertEquals(code, 2);
  assertStringIncludes(err, "bot has no name");
});

Deno.test("create refuses unknown options and suggests known ones", async () => {
  await using dir = await tempDir();
  const meant: Record<string, string> = {
    "--templte": "--template",
    "--protocl=x": "--protocol",
    "--dryrun": "--dry-run",
    "--backend_url": "--backend-url",
    "--nogit": "--no-git",
    "--Force": "--force",
  };
  for (const [flag, known] of Object.entries(meant)) {
    const { code, err } = await run(dir.path, ["mybot", flag]);
    assertEquals(code, 2, flag);
    assertStringIncludes(err, `did you mean ${known}?`);
  }
  assertStringIncludes((await run(dir.path, ["a", "b"])).err, "Unexpected argument");
  assertStringIncludes(
    (await run(dir.path, ["a", "--dir="])).err,
    "use --dir VALUE",
  );
  assertEquals(listDir(dir.path), []);
});

Deno.test("create refuses a token on the command line and does not repeat it", async () => {
  await using dir = await tempDir();
  for (
    const args of [
      [`--token=${TOKEN}`],
      [`--bot-token=${TOKEN}`],
      ["--bot-token", TOKEN],
      [TOKEN],
      ["--template", TOKEN],
      [`--protocol=${TOKEN.toUpperCase()}`],
    ]
  ) {
    const { code, out, err } = await run(dir.path, ["mybot", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(err, "enter the token in .env");
    assertEquals((out + err).toLowerCase().includes(TOKEN), false);
  }
});

Deno.test("create refuses a folder with files of the same names and leaves it unchanged", async () => {
  await using dir = await tempDir();
  const bot = join(dir.path, "mybot");
  await Deno.mkdir(bot);
  await Deno.writeTextFile(join(bot, "main.ts"), "mine");
  await Deno.writeTextFile(join(bot, "other.ts"), "mine");
  const { code, err } = await run(dir.path, ["mybot"]);
  assertEquals(code, 1);
  assertMatch(err, /^ {2}main\.ts \(overwritten\)$/m);
  assertEquals(err.includes("other.ts"), false);
  assertEquals(listDir(bot), ["main.ts", "other.ts"]);

  assertEquals((await run(dir.path, ["mybot", "--force"])).code, 0);
  assertEquals(await Deno.readTextFile(join(bot, "other.ts")), "mine");
  assertStringIncludes(await Deno.readTextFile(join(bot, "main.ts")), "runBot");
});

Deno.test("create --force lists what it overwrites, and leaves what is the same alone", async () => {
  await using dir = await tempDir();
  await run(dir.path, ["mybot"]);
  const project = join(dir.path, "mybot");
  const again = await run(dir.path, ["mybot"]);
  assertEquals([again.code, again.out, again.err], [0, `"${project}" is up to date`, ""]);
  await Deno.writeTextFile(join(project, "bot.ts"), "mine");
  await Deno.writeTextFile(join(project, "Dockerfile"), "old");
  await Deno.remove(join(project, "compose.yaml"));
  const dry = await run(dir.path, ["mybot", "--force", "--dry-run"]);
  assertEquals(
    dry.out.split("\n").slice(1),
    ["  bot.ts (overwritten)", "  Dockerfile (overwritten)", "  compose.yaml"],
  );
  const { code, out } = await run(dir.path, ["mybot", "--force"]);
  assertEquals(code, 0);
  assertMatch(out, /^Updated mybot/);
  assertMatch(
    out,
    /^ {2}bot\.ts \(overwritten\)\n {2}Dockerfile \(overwritten\)\n {2}compose.yaml\nGIT$/m,
  );
  assert(listDir(project).includes("compose.yaml"));
});

Deno.test("create --force keeps .env, adds the settings that it lacks, and fits the permissions to it", async () => {
  await using dir = await tempDir();
  const args = ["mybot", "--template=ping", "--force", "--backend-url=http://other/api"];
  await run(dir.path, args);
  const file = join(dir.path, "mybot", ".env");
  const mine = `# my notes\nexport BACKEND_URL='http://mine:8080/api/'\nBOT_TOKEN="${TOKEN}"\n` +
    "OUTBOX_FILE=\n#HEALTH_FILE=x\nOWN=1"; // without a line end
  await Deno.writeTextFile(file, mine);
  const { code, out } = await run(dir.path, args);
  assertEquals(code, 0);
  assertMatch(out, /^ {2}\.env \(kept, adds BOT_TOKEN_FROM_FILE, JOBS_REFRESH_INTERVAL, .*\)$/m);
  const env = await Deno.readTextFile(file);
  assert(env.startsWith(`${mine}\n#`), env);
  const { BACKEND_URL, BOT_TOKEN, OUTBOX_FILE, HEALTH_FILE, LOG_LEVEL, OWN } = parse(env);
  assertEquals(
    [BACKEND_URL, BOT_TOKEN, OUTBOX_FILE, HEALTH_FILE, LOG_LEVEL, OWN],
    ["http://mine:8080/api/", TOKEN, "", undefined, "info", "1"],
  );
  const config = await Deno.readTextFile(join(dir.path, "mybot", "deno.json"));
  assertStringIncludes(config, "--allow-net=mine:8080,grafolean:80,127.0.0.1:9464,0.0.0.0:9464 ");

  const again = await run(dir.path, args);
  assertEquals(again.out.includes(".env"), false);
  assertEquals(await Deno.readTextFile(file), env);
  assertEquals(out.includes(TOKEN) || again.out.includes(TOKEN), false);
});

Deno.test("create keeps a .env that it cannot read", async () => {
  await using dir = await tempDir();
  const file = join(dir.path, ".env");
  for (const text of ["BACKEND_URL=http://x;whoami/api\n", 'BACKEND_URL="${', "\0\u00ff"]) {
    await Deno.writeTextFile(file, text);
    const { code } = await run(dir.path, ["mybot", "-t", "ping", "--dir", ".", "--force"]);
    assertEquals(code, 0, text);
    assert((await Deno.readTextFile(file)).startsWith(text));
    const config = await Deno.readTextFile(join(dir.path, "deno.json"));
    assertEquals(config.includes("whoami"), false);
  }
});

Deno.test("create does not touch a .env without --force", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(join(dir.path, ".env"), "OTHER=1\n");
  const { code, err } = await run(dir.path, ["mybot", "--dir", "."]);
  assertEquals(code, 1);
  assertMatch(err, /^ {2}\.env \(kept, adds BACKEND_URL, BOT_TOKEN, /m);
  assertEquals(listDir(dir.path), [".env"]);
});

Deno.test("create refuses links, folders and parent files in place of its files", async () => {
  await using dir = await tempDir();
  const bot = join(dir.path, "mybot");
  await Deno.mkdir(join(bot, "main.ts"), { recursive: true });
  await Deno.writeTextFile(join(bot, "data"), "a file");
  const outside = join(dir.path, "outside");
  await Deno.writeTextFile(outside, "mine");
  await Deno.symlink(outside, join(bot, ".env"));
  const { code, err } = await run(dir.path, ["mybot", "--force"]);
  assertEquals(code, 1);
  assertMatch(err, /main\.ts" is a folder/);
  assertMatch(err, /data" is not a folder/);
  assertMatch(err, /\.env" is a link/);
  assertEquals(await Deno.readTextFile(outside), "mine");

  const below = await run(dir.path, [
    "mybot",
    "--dir",
    join("outside", "deep", "er"),
  ]);
  assertEquals(below.code, 1);
  assertMatch(below.err, /outside" is not a folder/);
});

Deno.test("create --dry-run lists the files and writes nothing", async () => {
  await using dir = await tempDir();
  const { code, out } = await run(dir.path, ["mybot", "--dry-run"]);
  assertEquals(code, 0);
  assertStringIncludes(out, "main.ts");
  assertEquals(listDir(dir.path), []);
  await Deno.mkdir(join(dir.path, "mybot"));
  await Deno.writeTextFile(join(dir.path, "mybot", "main.ts"), "mine");
  assertEquals((await run(dir.path, ["mybot", "--dry-run"])).code, 1);
  assertStringIncludes(
    (await run(dir.path, ["mybot", "--dry-run", "--force"])).out,
    "main.ts (overwritten)",
  );
});

Deno.test("create prompts for missing options until the answers are valid", async () => {
  await using dir = await tempDir();
  const prompt = promptWith(
    "My Bot",
    "", // the name that was proposed
    "htp",
    "http",
    "", // the protocol of the template
    "localhost",
    "http://localhost/api",
  );
  const { code } = await run(dir.path, [], { prompt });
  assertEquals(code, 0);
  const env = parse(await Deno.readTextFile(join(dir.path, "my-bot", ".env")));
  assertEquals(env["BACKEND_URL"], "http://localhost/api");
});

Deno.test("create offers a URL with /api for one without", async () => {
  await using dir = await tempDir();
  const urls: Record<string, string[]> = {
    "http://g/api": ["http://g", ""],
    "http://g/deep/api": ["http://g/deep/", ""],
    "http://g": ["http://g", "http://g"], // behind a proxy
    "http://g2/api": ["http://g", "http://g2/api"],
  };
  for (const [index, [expected, answers]] of Object.entries(urls).entries()) {
    const name = `bot${index}`;
    const prompt = promptWith("minimal", "", ...answers);
    assertEquals((await run(dir.path, [name], { prompt })).code, 0);
    const env = parse(await Deno.readTextFile(join(dir.path, name, ".env")));
    assertEquals(env["BACKEND_URL"], expected);
    assert(prompt.shown.some((line) => line.includes("does not end in /api")));
  }
});

Deno.test("create writes no task for a host that is none", async () => {
  await using dir = await tempDir();
  for (
    const host of ["x;id", "x,other.example.com", "*", "$(id)", "`id`", "a'b", "x&y", "x|y", "(x)"]
  ) {
    const url = `http://${host}/api`;
    const { code, err } = await run(dir.path, ["mybot", "-t", "ping", `--backend-url=${url}`]);
    assertEquals(code, 2, host);
    assertStringIncludes(err, "Cannot use this URL");
    const prompt = promptWith(url, "http://g/api");
    assertEquals((await run(dir.path, ["asked", "-t", "ping", "--force"], { prompt })).code, 0);
    const config = await Deno.readTextFile(join(dir.path, "asked", "deno.json"));
    assertStringIncludes(config, "--allow-net=g:80,grafolean:80,127.0.0.1:9464,0.0.0.0:9464 ");
  }
  assertEquals(listDir(dir.path), ["asked"]);
});

Deno.test("create does not prompt for given options, nor at all with --yes", async () => {
  await using dir = await tempDir();
  const flags = ["--template", "minimal", "--protocol", "p", "--backend-url", "http://g/api"];
  const prompt = promptWith();
  assertEquals((await run(dir.path, ["one", ...flags], { prompt })).code, 0);
  assertEquals(prompt.shown, []);

  const silent = promptWith();
  assertEquals(
    (await run(dir.path, ["two", "--yes"], { prompt: silent })).code,
    0,
  );
  assertEquals(silent.shown, []);
});

Deno.test("create writes nothing when cancelled", async () => {
  await using dir = await tempDir();
  for (const prompt of [promptWith(), promptWith("mybot", "minimal", "p")]) {
    const { code, err } = await run(dir.path, [], { prompt });
    assertEquals(code, 130);
    assertStringIncludes(err, "nothing was written");
  }
  assertEquals(listDir(dir.path), []);
});

Deno.test("create reports a missing permission", async () => {
  await using dir = await tempDir();
  const requestAccess = () => Promise.resolve("No permission to write");
  const { code, err } = await run(dir.path, ["mybot"], { requestAccess });
  assertEquals([code, err], [2, "error: No permission to write"]);
  assertEquals(listDir(dir.path), []);
});

Deno.test("create --help lists all options and templates", async () => {
  await using dir = await tempDir();
  const { code, out } = await run(dir.path, ["--help"]);
  assertEquals(code, 0);
  const flags = ["template", "protocol", "backend-url", "dir", "yes", "force", "dry-run", "no-git"];
  for (const flag of flags) assertStringIncludes(out, `--${flag}`);
  for (const { name, about } of TEMPLATES) {
    assertMatch(out, new RegExp(`^  ${name} +${about.slice(0, 10)}`, "m"));
  }
});

Deno.test("create refuses another protocol for a template whose protocol is fixed", async () => {
  await using dir = await tempDir();
  const fixed = TEMPLATES.find(({ protocolChoice }) => protocolChoice === "fixed")!;
  const { code, err } = await run(dir.path, ["mybot", "-t", fixed.name, "--protocol", "other"]);
  assertEquals(code, 2);
  assertStringIncludes(err, "leave --protocol out");
});
