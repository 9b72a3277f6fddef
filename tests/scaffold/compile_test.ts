// What goes into an executable. `deno compile` downloads a runtime, which does not work everywhere, so these tests use
// another program in its place and look at the permissions and files appended to it.

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import type { Template } from "../../templates/template.ts";
import { denoOk, exists, generate, ROOT, sandboxWith, taskArgs, tempDir } from "./project_kit.ts";

const TOKEN = "0d7f6c1e-1234-4abc-8def-0123456789ab";
const URL_OF_BACKEND = "https://grafolean.example.com/api";

/** Compiles a project with another program as the runtime and returns the result. */
async function compileOf(template: Template): Promise<string> {
  await using temp = await tempDir();
  await generate(temp.path, { template, name: "mybot", backendUrl: URL_OF_BACKEND });
  await Deno.writeTextFile(join(temp.path, ".env"), `BOT_TOKEN=${TOKEN}\n`, { append: true });
  const args = await taskArgs(temp.path, "compile");
  await denoOk(temp.path, [args[0]!, "--no-check", ...args.slice(1)], { DENORT_BIN: "/bin/true" });
  const bytes = await Deno.readFile(join(temp.path, "dist", "mybot"));
  return new TextDecoder("latin1").decode(bytes);
}

/** Parses the JSON object that begins with `start`. */
function jsonIn(text: string, start: string) {
  const from = text.indexOf(start);
  assert(from >= 0, `there is no ${start}`);
  for (let to = text.indexOf("}", from); to >= 0; to = text.indexOf("}", to + 1)) {
    try {
      return JSON.parse(text.slice(from, to + 1));
    } catch {
      // Not the brace that closes it.
    }
  }
  throw new Error(`${start} does not end`);
}

for (const template of TEMPLATES) {
  Deno.test(
    `deno task compile gives a ${template.name} bot its permissions, and embeds neither a secret nor an absolute path of the checkout`,
    {
      ignore: Deno.build.os === "windows" || !exists("/bin/true"),
    },
    async () => {
      const binary = await compileOf(template);
      const { permissions, env_vars_from_env_file } = jsonIn(binary, `{"argv":`);
      const { net, run } = template.permissions;
      assertEquals(permissions.prompt, false);
      assertEquals(permissions.allow_read, [".env", "data", "/shared-secrets/tokens"]);
      assertEquals(permissions.allow_write, ["data"]);
      assertEquals(permissions.allow_run, run ?? null);
      assertEquals(
        permissions.allow_net,
        net === true ? [] : [
          "grafolean.example.com:443",
          "grafolean:80",
          "127.0.0.1:9464",
          "0.0.0.0:9464",
          ...net ?? [],
        ],
      );
      for (const kind of ["allow_ffi", "allow_sys"]) assertEquals(permissions[kind], null);
      assert(permissions.allow_env.includes("BOT_TOKEN"));
      assert(permissions.allow_env.length > 0); // an empty list would be everything
      assertEquals(env_vars_from_env_file, {});
      assertEquals(binary.includes(TOKEN), false);
      assertEquals(binary.includes("BACKEND_URL="), false);
      assertEquals(binary.includes(pathToFileURL(ROOT).href), false);
    },
  );
}

// Downloads the runtime, unless DENORT_BIN names it: so only on request.
const MAY_RUN = Deno.env.has("DENORT_BIN") || Deno.env.get("COMPILE_AND_RUN") === "1";

Deno.test("deno task compile makes an executable that runs on its own (needs COMPILE_AND_RUN=1)", {
  ignore: !MAY_RUN,
}, async () => {
  await using temp = await tempDir();
  await generate(temp.path, { template: TEMPLATES[0], name: "mybot" });
  await denoOk(temp.path, ["task", "compile"]);
  await using backend = await sandboxWith({ protocol: "mybot" });
  const executable = join(temp.path, "dist", Deno.build.os === "windows" ? "mybot.exe" : "mybot");
  const { code, stderr } = await new Deno.Command(executable, {
    args: ["--once"],
    cwd: temp.path,
    env: { BACKEND_URL: backend.url, BOT_TOKEN: backend.token },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertEquals(backend.sandbox.countValues(), 1);
});
