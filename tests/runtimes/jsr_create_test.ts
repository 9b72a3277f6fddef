import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { FULL } from "../full.ts";
import { sandboxWith, tempDir } from "../scaffold/project_kit.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { publish, run } from "./published.ts";

Deno.test(
  "a project created from JSR imports the library from there and works (needs test:full)",
  { ignore: !FULL },
  async () => {
    await using temp = await tempDir("jsr-");
    await using registry = new JsrRegistry();
    await publish(registry);
    await using backend = await sandboxWith({ protocol: "mybot" });
    // A cache of its own, as other tests publish the same version.
    const env = { DENO_DIR: join(temp.path, "cache") };
    const deno = (cwd: string, args: string[], more: Record<string, string> = {}) =>
      run(Deno.execPath(), args, cwd, registry, { ...env, ...more });

    const create = ["--no-prompt", "--allow-read=.", "--allow-write=.", "--allow-run=git"];
    const printed = await deno(temp.path, [
      "run",
      ...create,
      "jsr:@grafolean/collector/create",
      "mybot",
      `--backend-url=${backend.url}`,
    ]);
    assertEquals(printed.includes("links"), false);
    const dir = join(temp.path, "mybot");
    const config = JSON.parse(await Deno.readTextFile(join(dir, "deno.json")));
    assertMatch(config.imports["@grafolean/collector"], /^jsr:@grafolean\/collector@\^/);
    assertEquals(config.links, undefined);
    const bot = await Deno.readTextFile(join(dir, "bot.ts"));
    assertStringIncludes(bot, `from "@grafolean/collector";`);

    await deno(dir, ["task", "check"]);
    assertMatch(await deno(dir, ["task", "test"]), /ok \| [1-9]\d* passed/);
    await deno(dir, ["task", "once"], { BOT_TOKEN: backend.token });
    assertEquals(backend.sandbox.countValues(), 1);
  },
);

Deno.test("deno create creates a project", async () => {
  await using temp = await tempDir("jsr-");
  await using registry = new JsrRegistry();
  await publish(registry);
  const env = { DENO_DIR: join(temp.path, "cache") };
  const args = ["create", "--yes", "jsr:@grafolean/collector", "--", "mybot", "--template=http"];
  const printed = await run(Deno.execPath(), args, temp.path, registry, env);
  assertStringIncludes(printed, "cd mybot");
  assert((await Deno.stat(join(temp.path, "mybot", "tls_days_left.ts"))).isFile);
});
