// The messages in docs/troubleshooting.md are what is printed when things go wrong.

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { ROOT, tempDir } from "../scaffold/project_kit.ts";
import { codeBlocks } from "./markdown.ts";
import { provokeAll } from "./provoked.ts";

Deno.test("docs/troubleshooting.md quotes messages as they are printed", {
  ignore: Deno.build.os === "windows", // its errors have other texts
}, async () => {
  await using temp = await tempDir();
  const printed = (await provokeAll(temp.path)).flatMap((text) => text.split("\n"));
  const page = await Deno.readTextFile(join(ROOT, "docs/troubleshooting.md"));
  const messages = codeBlocks(page).filter(({ language }) => language === "text")
    .flatMap(({ text }) => text.trim().split(/\s*\n\s*/));
  assert(messages.length > 20, `${messages.length} messages`);
  assertEquals(messages.filter((message) => !printed.some((line) => quotes(message, line))), []);
});

/** Whether a message is a part of what was printed. An ellipsis in it stands for anything. */
function quotes(message: string, line: string): boolean {
  let at = 0;
  return message.split("…").every((part) => {
    const found = line.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}
