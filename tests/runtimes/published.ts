// The package as its users get it, from JSR and from npm.

import { assert } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsrRegistry, PackageFiles } from "./jsr_registry.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const STD = ["assert", "async", "cli", "dotenv"];

/** Publishes this package to a registry in memory, which also gets the subsets of its dependencies from `offline/`. */
export async function publish(registry: JsrRegistry): Promise<void> {
  const flags = ["--token=t", "--allow-dirty", "--no-provenance", "--no-check", "--quiet"];
  for (const name of STD) {
    const files = await readAll(join(ROOT, "offline", name));
    const { version } = JSON.parse(new TextDecoder().decode(files.get("/deno.json")));
    registry.add(`@std/${name}`, version, files);
  }
  await run(Deno.execPath(), ["publish", ...flags], ROOT, registry);
}

/**
 * Packs what was published as JSR does for npm: JavaScript and declarations, under names in the scope `@jsr`.
 *
 * @param dir The folder for the archives.
 * @returns The path of each archive by the name of the package.
 */
export async function packForNpm(
  registry: JsrRegistry,
  dir: string,
): Promise<Record<string, string>> {
  const packed: Record<string, string> = {};
  for (const name of ["@grafolean/collector", ...STD.map((each) => `@std/${each}`)]) {
    const npmName = `@jsr/${name.slice(1).replace("/", "__")}`;
    const folder = join(dir, npmName);
    const files = registry.files(name);
    await writeAll(folder, files);
    const path = join(folder, "deno.json");
    const { workspace: _members, ...config } = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...config, name: npmName }));
    const archive = join(dir, `${npmName.replace("/", "_")}.tgz`);
    await run(Deno.execPath(), ["pack", "--quiet", "--output", archive], folder, registry);
    packed[npmName] = archive;
  }
  return packed;
}

/** Runs a program, fails the test if it fails, and returns its output. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  registry?: JsrRegistry,
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...(registry && { JSR_URL: registry.url }), ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const out = decoder.decode(stdout);
  assert(success, `${program} ${args.join(" ")}\n${out}\n${decoder.decode(stderr)}`);
  return out;
}

async function readAll(dir: string): Promise<PackageFiles> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for await (const { name } of Deno.readDir(dir)) {
    files.set(`/${name}`, await Deno.readFile(join(dir, name)));
  }
  return files;
}

async function writeAll(dir: string, files: PackageFiles): Promise<void> {
  for (const [path, bytes] of files) {
    const file = join(dir, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, bytes);
  }
}
