import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT, tempDir } from "../scaffold/project_kit.ts";
import { codeBlocks } from "./markdown.ts";

const WINDOWS = Deno.build.os === "windows";

/** Runs `create.sh` of docs/start.md. */
async function createSh(args: readonly string[], password: string) {
  await using temp = await tempDir();
  const page = await Deno.readTextFile(join(ROOT, "docs/start.md"));
  const script = codeBlocks(page).find(({ file }) => file === "create.sh");
  await Deno.writeTextFile(join(temp.path, "create.sh"), script?.text ?? "");
  const child = new Deno.Command("sh", {
    args: ["create.sh", ...args],
    cwd: temp.path,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(`${password}\n`));
  await stdin.close();
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

const PASSWORDS = {
  "a plain password": "p4ss",
  "an odd password": ` "q' \\n\\\\ %s%% $(id) \`x\` & / päß 密码 🔑 `,
};

for (const [what, password] of Object.entries(PASSWORDS)) {
  Deno.test(`create.sh creates a bot with its device as somebody with ${what}`, {
    ignore: WINDOWS,
  }, async () => {
    const sandbox = new Sandbox();
    await using server = await sandbox.listen();
    sandbox.addAccount({ id: 7 });
    sandbox.addPerson({ username: "admin", password });
    const { code, out, err } = await createSh([server.url, "7", "thermo"], password);
    assertEquals([code, err], [0, "Password of admin: "]);
    const { token } = JSON.parse(out);
    for (const resource of ["entities", "credentials", "sensors"]) {
      const response = await fetch(`${server.url}/accounts/7/${resource}?b=${token}`);
      assertMatch(await response.text(), /thermo/, resource);
    }
  });
}

Deno.test("create.sh stops at a wrong password and at a server that is not Grafolean", {
  ignore: WINDOWS,
}, async () => {
  const sandbox = new Sandbox();
  await using server = await sandbox.listen();
  sandbox.addAccount({ id: 7 });
  sandbox.addPerson({ username: "admin", password: "p4ss" });
  for (const url of [server.url, server.url.replace("/api", "")]) {
    const { code, out, err } = await createSh([url, "7", "thermo"], "wrong");
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(err, "Cannot log in: check the URL, the user and the password");
  }
  // It did not go on.
  assertEquals(sandbox.requests.count, 2);
});
