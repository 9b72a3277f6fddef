import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writeProject } from "../../src/scaffold/write_project.ts";
import { tempDir } from "./project_kit.ts";

const FILES = new Map([["a.txt", "a"], ["deep/er/b.txt", "b"], ["c.txt", "c"]]);

Deno.test("writeProject creates folders", async () => {
  await using dir = await tempDir();
  const target = join(dir.path, "ü", "new folder");
  await writeProject(target, FILES);
  assertEquals(
    await Deno.readTextFile(join(target, "deep", "er", "b.txt")),
    "b",
  );
});

Deno.test("writeProject reports what it had written before it failed", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(
    join(dir.path, "deep"),
    "a file where a folder should be",
  );
  const error = await assertRejects(() => writeProject(dir.path, FILES), Error, "b.txt");
  assertStringIncludes(error.message, "Written before that: a.txt");
});

Deno.test("writeProject does not overwrite files that appeared after the check", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(join(dir.path, "c.txt"), "not ours");
  await assertRejects(() => writeProject(dir.path, FILES), Error, "c.txt");
  assertEquals(await Deno.readTextFile(join(dir.path, "c.txt")), "not ours");

  await writeProject(dir.path, FILES, FILES);
  assertEquals(await Deno.readTextFile(join(dir.path, "c.txt")), "c");
});
