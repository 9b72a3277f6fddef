import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import { deno, generate, ROOT, tempDir } from "../scaffold/project_kit.ts";

/** The first code in README.md: a whole bot. */
async function readmeBot(): Promise<string> {
  const [, code = ""] = /```ts[^\n]*\n(.*?)```/s.exec(
    await Deno.readTextFile(join(ROOT, "README.md")),
  ) ?? [];
  return code;
}

const BOTS: readonly (readonly [name: string, code: string])[] = [
  ["README.md", await readmeBot()],
  ...TEMPLATES.map(({ name, files }) => [name, files["bot.ts"]!] as const),
];

for (const [name, bot] of BOTS) {
  Deno.test(`Job refuses wrong jobParams of the bot of ${name} at compile time`, async () => {
    await using dir = await tempDir();
    const template = TEMPLATES.find((template) => template.name === name) ?? TEMPLATES[0];
    await generate(dir.path, { template, name: "mybot" });
    await Deno.writeTextFile(join(dir.path, "bot.ts"), bot);
    const wrong = bot.replace(/\bjobParams: (\w+),/, "jobParams: { $1 },");
    assert(wrong !== bot, "no jobParams found");
    await Deno.writeTextFile(join(dir.path, "wrong.ts"), wrong);

    const { code, err } = await deno(dir.path, ["check", "bot.ts", "wrong.ts"]);
    assertEquals(code, 1, err);
    const line = wrong.slice(0, wrong.indexOf("jobParams: {")).split("\n").length;
    const places = [...err.matchAll(/(\w+\.ts):(\d+):\d+$/gm)].map(([, file, line]) =>
      `${file}:${line}`
    );
    assertEquals(
      places.filter((place) => /^(?:bot|wrong)\.ts/.test(place)),
      [`wrong.ts:${line}`],
      err,
    );
  });
}

Deno.test("README.md starts with a whole bot of at most 30 lines", async () => {
  const bot = await readmeBot();
  assertStringIncludes(bot, "await runBot(");
  assert(bot.trim().split("\n").length <= 30, bot);
});
