import { assertEquals, assertThrows } from "@std/assert";
import { chmodSync, lchownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ForeignFileError, resolveOwnFile } from "../../src/util/own_file.ts";

const WINDOWS = Deno.build.os === "windows";
// The administrator can play the other user.
const isRoot = !WINDOWS && statSync(Deno.makeTempDirSync()).uid === 0;
const OTHER = 65534;

/** A folder like /tmp, and one that only the bot can write. */
function folders() {
  const path = Deno.realPathSync(Deno.makeTempDirSync());
  const [shared, own] = [join(path, "tmp"), join(path, "own")];
  for (const folder of [shared, own]) mkdirSync(folder);
  chmodSync(shared, 0o1777);
  return { shared, own, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("resolveOwnFile follows links of one's own, and accepts a file that does not exist", {
  ignore: WINDOWS,
}, () => {
  using it = folders();
  const file = join(it.own, "file");
  assertEquals(resolveOwnFile(file), file);
  writeFileSync(file, "x");
  for (const folder of [it.own, it.shared]) {
    const link = join(folder, "link");
    symlinkSync(file, link);
    assertEquals(resolveOwnFile(link), file);
  }
  // In a folder of the bot's own, its mode is its own business.
  chmodSync(file, 0o666);
  assertEquals(resolveOwnFile(file), file);
});

Deno.test("resolveOwnFile refuses what is no file, and links that lead nowhere", {
  ignore: WINDOWS,
}, () => {
  using it = folders();
  assertThrows(() => resolveOwnFile(it.own), ForeignFileError, "it is a directory");
  assertThrows(() => resolveOwnFile("/dev/null"), ForeignFileError, "it is no regular file");
  symlinkSync(join(it.own, "missing"), join(it.shared, "link"));
  const link = join(it.shared, "link");
  assertThrows(() => resolveOwnFile(link), ForeignFileError, "a symbolic link that leads nowhere");
});

Deno.test("resolveOwnFile refuses a file in a shared folder that others may write", {
  ignore: WINDOWS,
}, () => {
  using it = folders();
  const file = join(it.shared, "file");
  writeFileSync(file, "x");
  chmodSync(file, 0o644);
  assertEquals(resolveOwnFile(file), file);
  chmodSync(file, 0o666);
  assertThrows(() => resolveOwnFile(file), ForeignFileError, "others may write it");
  symlinkSync(file, join(it.own, "link"));
  const link = join(it.own, "link");
  assertThrows(() => resolveOwnFile(link), ForeignFileError, "others may write it");
});

Deno.test(
  "resolveOwnFile refuses links of another user, except of the administrator (needs root)",
  {
    ignore: !isRoot,
  },
  () => {
    using it = folders();
    const mine = join(it.own, "mine");
    const theirs = join(it.own, "theirs");
    for (const file of [mine, theirs]) writeFileSync(file, "x");
    lchownSync(theirs, OTHER, OTHER);
    const planted = join(it.shared, "planted");
    symlinkSync(mine, planted);
    lchownSync(planted, OTHER, OTHER);
    assertThrows(
      () => resolveOwnFile(planted),
      ForeignFileError,
      "a symbolic link of another user",
    );
    const setUp = join(it.shared, "set-up");
    symlinkSync(theirs, setUp);
    assertEquals(resolveOwnFile(setUp), theirs);
    lchownSync(setUp, OTHER, OTHER);
    assertEquals(resolveOwnFile(setUp), theirs);
  },
);
