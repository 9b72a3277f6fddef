// Every command in the documents works: it is run as its reader runs it, with a sandbox in place of Grafolean.

import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals } from "@std/assert";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { findTemplate, TEMPLATES } from "../../src/scaffold/templates.ts";
import { freePort } from "../free_port.ts";
import { generate, ROOT, tempDir } from "../scaffold/project_kit.ts";
import { type CodeBlock, codeBlocks, commandsOf } from "./markdown.ts";
import { Page } from "./page.ts";

/** Commands that are not run here, and why. */
const NOT_RUN: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^npx -y deno@2\.9 task test\b/, "runs this test"],
  [/^deno task compile\b/, "downloads the runtime of executables"],
  [/^deno update\b|^npx jsr add\b/, "needs JSR"],
  [/\bsudo\b/, "changes the machine"],
];

/** The pages whose reader does not start in a new project, but in a clone, or in the folder in which the clone is. */
const PLACES: Readonly<Record<string, "collector" | ".">> = {
  "README.md": "collector",
  "docs/start.md": ".",
  "docs/writing-a-bot.md": ".",
};

/** Paths of the pages for users, relative to the root. */
async function pages(): Promise<string[]> {
  const found = ["README.md", ...TEMPLATES.map(({ name }) => `templates/${name}/README.md`)];
  for await (const { name } of Deno.readDir(join(ROOT, "docs"))) found.push(`docs/${name}`);
  return found.filter((path) => path.endsWith(".md")).sort();
}

async function blocksOf(page: string): Promise<CodeBlock[]> {
  return codeBlocks(await Deno.readTextFile(join(ROOT, page)));
}

for (const path of await pages()) {
  const blocks = await blocksOf(path);
  if (!blocks.some(({ language }) => language === "sh")) continue;
  Deno.test(`${path} has commands that work`, {
    ignore: Deno.build.os === "windows", // the commands are for a POSIX shell
  }, async () => {
    await using temp = await tempDir("page ");
    // Other readers set up the bot themselves, by `deno task setup`.
    const protocol = path in PLACES ? "thermo" : "mybot";
    await using grafolean = await startGrafolean(temp.path, protocol);
    const folder = await prepare(temp.path, path);
    await using page = new Page(folder, grafolean.replace);
    for (const block of blocks) await page.follow(block);
    await page.check();
  });
}

Deno.test("pages_test.ts leaves out no command that is in no page", async () => {
  const commands = (await Promise.all((await pages()).map(blocksOf))).flat().flatMap(commandsOf);
  const unused = NOT_RUN.filter(([pattern]) => !commands.some((command) => pattern.test(command)));
  assertEquals(unused, []);
});

Deno.test("the pages have only TypeScript that is checked", async () => {
  for (const page of await pages()) {
    for (const { language, ignore, file, line } of await blocksOf(page)) {
      assert(
        language !== "ts" || !ignore || file !== undefined,
        `${page}:${line} is neither an example that runs nor a file of a project: ` +
          "remove `ignore`, or add `file=NAME`",
      );
    }
  }
});

/** Makes the folder in which the reader of a page is at its beginning. */
async function prepare(temp: string, page: string): Promise<string> {
  const place = PLACES[page];
  if (place === undefined) {
    const [, name = "minimal"] = /^templates\/(.*)\//.exec(page) ?? [];
    const folder = join(temp, "mybot");
    await generate(folder, { template: findTemplate(name)!, name: "mybot" });
    await Deno.copyFile(join(temp, ".env"), join(folder, ".env"));
    return folder;
  }
  const clone = join(temp, "collector");
  // "./offline/*", where another std is, or nothing if it comes from JSR.
  const { workspace = [] }: { workspace?: string[] } = config;
  const std = workspace.map((member) => member.replace(/\/\*$/, ""));
  for (const name of [...config.publish.include, ...std]) {
    await cp(join(ROOT, name), join(clone, name), { recursive: true });
  }
  await Deno.copyFile(join(temp, ".env"), join(clone, ".env"));
  return join(temp, place);
}

/** Starts what stands for Grafolean, with an administrator, and with a bot that has a device. */
async function startGrafolean(
  temp: string,
  protocol: string,
): Promise<{ readonly replace: (command: string) => string } & AsyncDisposable> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ url }) =>
      url.endsWith("/temperature")
        ? new Response("21.5")
        : Response.json({ session: "1", power: 1500, energy: 4321.5 }),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const sandbox = new Sandbox();
  const { url, close } = await sandbox.listen();
  const account = sandbox.addAccount({ id: 1 });
  const bot = sandbox.addBot({ protocol, account });
  const credential = sandbox.addCredential(account, { protocol });
  const sensor = sandbox.addSensor(account, { protocol, defaultInterval: 1 });
  sandbox.addEntity(account, {
    name: "kitchen",
    details: { ipv4: host },
    protocols: { [protocol]: { credential, bot, sensors: [sensor] } },
  });
  await Deno.writeTextFile(
    join(temp, ".env"),
    `BACKEND_URL=${url}\nBOT_TOKEN=${bot.token}\nHEALTH_FILE=data/health.json\n`,
  );
  const statusPort = `${freePort()}`;
  const password = join(temp, "password.txt");
  sandbox.addPerson({ username: "admin", password: "p4ss" });
  await Deno.writeTextFile(password, "p4ss\nthe password on the devices\n");
  return {
    replace: (command) =>
      NOT_RUN.some(([pattern]) => pattern.test(command)) ? ":" : command
        .replaceAll("npx -y deno@2.9", "deno")
        // Its reader allows what Deno asks for.
        .replace("deno run jsr:", "deno run --allow-all jsr:")
        .replaceAll("jsr:@grafolean/collector/create", `'${join(ROOT, "scaffold.ts")}'`)
        .replaceAll("https://grafolean.example.com/api", url)
        // Types are checked once, at the end of a page.
        .replace(/^deno task test\b/, "deno task test --no-check")
        // The ports may be taken here.
        .replace(/\b(port:? )\d+/, "$10")
        .replaceAll("9464", statusPort)
        // What its reader answers.
        .replace(
          /^deno task setup( +#.*)?$/,
          `deno task setup --yes --url ${url} --user admin --detail ipv4=${host} < password.txt`,
        )
        .replace(/^(sh create\.sh [^#]*)/, "$1 < password.txt ")
        .replace("password.txt", `'${password}'`),
    async [Symbol.asyncDispose]() {
      await close();
      await server.shutdown();
    },
  };
}
