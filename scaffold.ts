/**
 * Creates a new bot project: `deno run scaffold.ts mybot`, or `deno run jsr:@grafolean/collector/create mybot`. Asks for
 * what the command line leaves out; `--help` lists the options.
 *
 * @module
 */

import process from "node:process";

if (!("Deno" in globalThis)) {
  // deno-lint-ignore no-console -- this is the program's only output
  console.error(
    "error: The scaffold needs Deno: run npx -y deno@2.9 run jsr:@grafolean/collector/create mybot",
  );
  process.exit(1);
} else if (import.meta.main) {
  // Node could not even load these: they import text files.
  const { create } = await import("./src/scaffold/create.ts");
  const { denoIo } = await import("./src/scaffold/io.ts");
  Deno.exit(await create(denoIo(import.meta.url)));
}
