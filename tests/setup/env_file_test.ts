import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { EnvFile, withVariables } from "../../src/setup/env_file.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { exists, tempDir } from "../scaffold/project_kit.ts";

const TOKEN = "0d7f6c1e-1234-4abc-8def-0123456789ab";
const WINDOWS = Deno.build.os === "windows";

Deno.test("withVariables sets variables and keeps everything else", () => {
  const rows: [before: string, after: string][] = [
    ["", "BOT_TOKEN=T\n"],
    ["A=1", "A=1\nBOT_TOKEN=T\n"],
    ["# BOT_TOKEN=x\nA=1\n", "# BOT_TOKEN=x\nA=1\nBOT_TOKEN=T\n"],
    ["BOT_TOKEN=\nA=1\n", "BOT_TOKEN=T\nA=1\n"],
    ["BOT_TOKEN=old # mine\n", "BOT_TOKEN=T # mine\n"],
    ["  export BOT_TOKEN = 'old'\n", "  export BOT_TOKEN = T\n"],
    ['BOT_TOKEN="old \\" one"\nA="b"\n', 'BOT_TOKEN=T\nA="b"\n'],
    ["A=1\r\nBOT_TOKEN=\r\n", "A=1\r\nBOT_TOKEN=T\r\n"],
    ["A=1\r\n", "A=1\r\nBOT_TOKEN=T\r\n"],
    ["A='x\nBOT_TOKEN=no\n'\nBOT_TOKEN=", "A='x\nBOT_TOKEN=no\n'\nBOT_TOKEN=T"],
    ["BOT_TOKEN=a\nBOT_TOKEN=b\n", "BOT_TOKEN=a\nBOT_TOKEN=T\n"],
    [
      "MY_BOT_TOKEN=a\nBOT_TOKEN_FROM_FILE=\n",
      "MY_BOT_TOKEN=a\nBOT_TOKEN_FROM_FILE=\nBOT_TOKEN=T\n",
    ],
    ["BOT_TOKEN='T'\n", "BOT_TOKEN='T'\n"],
  ];
  for (const [before, after] of rows) {
    assertEquals(withVariables(before, { BOT_TOKEN: "T" }), after, JSON.stringify(before));
  }
});

Deno.test("withVariables quotes a value only where it is needed", () => {
  assertEquals(withVariables("", { A: "http://[::1]:80/api" }), "A=http://[::1]:80/api\n");
  assertEquals(withVariables("", { A: "http://h/$x/api" }), "A='http://h/$x/api'\n");
  assertEquals(withVariables("", { A: "it's" }), 'A="it\'s"\n');
});

Deno.test("EnvFile replaces the file as a whole, and only its owner can read it", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  await Deno.writeTextFile(path, "A=1 # one\n", { mode: 0o644 });
  await Deno.writeTextFile(`${path}.new`, "left behind");
  const { ino } = await Deno.stat(path);
  const file = await EnvFile.read(path);
  assertEquals(file.variables.A, "1");
  await file.set({ BOT_TOKEN: TOKEN });
  assertEquals(await Deno.readTextFile(path), `A=1 # one\nBOT_TOKEN=${TOKEN}\n`);
  assertEquals(exists(`${path}.new`), false);
  if (!WINDOWS) {
    const info = await Deno.stat(path);
    assertEquals(info.mode! & 0o777, 0o600);
    assertEquals(info.ino === ino, false);
  }
});

Deno.test("EnvFile leaves the file alone if nothing changes", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  await Deno.writeTextFile(path, `BOT_TOKEN="${TOKEN}"\n`, { mode: 0o640 });
  const before = await Deno.stat(path);
  await (await EnvFile.read(path)).set({ BOT_TOKEN: TOKEN });
  const after = await Deno.stat(path);
  assertEquals([after.ino, after.mode, after.mtime], [before.ino, before.mode, before.mtime]);
});

Deno.test("EnvFile creates a missing file", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  await (await EnvFile.read(path)).set({ BOT_TOKEN: TOKEN });
  assertEquals(await Deno.readTextFile(path), `BOT_TOKEN=${TOKEN}\n`);
});

Deno.test("EnvFile starts from .env.example", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  await Deno.writeTextFile(`${path}.example`, "# Grüße\nBOT_TOKEN=\nOUTBOX_FILE=data/outbox.db\n");
  const file = await EnvFile.read(path);
  assertEquals(file.variables.OUTBOX_FILE, "data/outbox.db");
  await file.set({ BOT_TOKEN: TOKEN });
  assertEquals(
    await Deno.readTextFile(path),
    `# Grüße\nBOT_TOKEN=${TOKEN}\nOUTBOX_FILE=data/outbox.db\n`,
  );
});

Deno.test("EnvFile refuses a file that it would damage", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  await Deno.writeFile(
    path,
    new TextEncoder().encode("# Gr\u00fc\n").filter((byte) => byte !== 0xc3),
  );
  await assertRejects(() => EnvFile.read(path), ConfigError, "it is not UTF-8");
});

Deno.test("EnvFile refuses a symbolic link, and follows none when it writes", {
  ignore: WINDOWS,
}, async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  const elsewhere = join(dir.path, "elsewhere");
  await Deno.writeTextFile(elsewhere, "A=1\n");
  await Deno.symlink(elsewhere, path);
  const error = await assertRejects(() => EnvFile.read(path), ConfigError);
  assertStringIncludes(error.message, "is a symbolic link");
  await Deno.remove(path);
  await Deno.symlink(elsewhere, `${path}.new`);
  await (await EnvFile.read(path)).set({ BOT_TOKEN: TOKEN });
  assertEquals(await Deno.readTextFile(elsewhere), "A=1\n");
  assertEquals((await Deno.lstat(path)).isSymlink, false);
});

Deno.test("EnvFile does not show the values when it cannot write", {
  ignore: WINDOWS,
}, async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".env");
  const file = await EnvFile.read(path);
  await Deno.mkdir(`${path}.new`);
  await Deno.writeTextFile(join(`${path}.new`, "in the way"), "");
  const error = await assertRejects(() => file.set({ BOT_TOKEN: TOKEN }), Error);
  assertStringIncludes(error.message, `Cannot write "${path}"`);
  assertEquals(error.message.includes(TOKEN), false);
});
