import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import { deno, ROOT, tempDir } from "../scaffold/project_kit.ts";

/** The first code in README.md: a whole bot. */
async function readmeBot(): Promise<string> {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  return /```ts[^\n]*\n(.*?)```/s.exec(readme)?.[1] ?? "";
}

Deno.test("jobs() of README.md and the templates refuses wrong jobParams at compile time", async () => {
  await using dir = await tempDir();
  const bots = [
    { name: "readme", files: { "bot.ts": await readmeBot() } },
    ...TEMPLATES.map(({ name, files }) => ({ name, files: { ...files } })),
  ];
  const wrongLines: string[] = [];
  for (const { name, files } of bots) {
    const wrong = files["bot.ts"]!.replace(/\bjobParams: (\w+),/, "jobParams: { $1 },");
    assert(wrong !== files["bot.ts"], `no jobParams in the bot of ${name}`);
    const line = wrong.slice(0, wrong.indexOf("jobParams: {")).split("\n").length;
    wrongLines.push(`${name}/wrong.ts:${line}`);
    for (const [path, text] of Object.entries({ ...files, "wrong.ts": wrong })) {
      await Deno.mkdir(dirname(join(dir.path, name, path)), { recursive: true });
      await Deno.writeTextFile(join(dir.path, name, path), text);
    }
  }
  const paths = bots.flatMap(({ name }) => [`${name}/bot.ts`, `${name}/wrong.ts`]);
  const { err } = await deno(dir.path, ["check", "--config", join(ROOT, "deno.json"), ...paths]);
  const errors = [...err.matchAll(/(\w+\/(?:bot|wrong)\.ts:\d+):\d+$/gm)].map(([, place]) =>
    place!
  );
  assertEquals(errors.sort(), wrongLines.sort(), err);
});

Deno.test("README.md starts with a whole bot of at most 30 lines", async () => {
  const bot = await readmeBot();
  assertStringIncludes(bot, "await runBot(");
  assert(bot.trim().split("\n").length <= 30, bot);
});
