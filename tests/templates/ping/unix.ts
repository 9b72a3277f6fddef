import { assert } from "@std/assert";

/** Defines a test whose programs are shell scripts. */
export function testOnUnix(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: Deno.build.os === "windows" });
}

/** Whether a file exists. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Makes a program of a shell script, and returns its path. */
export async function install(script: string): Promise<string> {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(`${path}.text`, `#!/bin/sh\n${script}\n`);
  // Another process writes it. If this one did, a program that another test starts just then could have the file open for
  // writing for a moment longer, and what is open for writing cannot be run.
  const copy = 'cat "$1.text" >"$1" && chmod 755 "$1"';
  const { success } = await new Deno.Command("sh", { args: ["-c", copy, "sh", path] }).output();
  assert(success);
  return path;
}
