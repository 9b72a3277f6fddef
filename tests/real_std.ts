import { isAbsolute, join, resolve } from "node:path";

/** No part of what is tested. */
const LEFT_OUT = [".git", ".tmp", "coverage", "node_modules"];

/** The packages this project names in `deno.json`. */
const NAMED = ["assert", "async", "cli", "dotenv"];

/**
 * Copies this checkout to `target` without the `links` to the subsets in `offline/`, so that all that runs there uses
 * the real `@std` packages: from JSR, or from `stdDir`, a checkout of denoland/std.
 */
export async function copyWithRealStd(
  root: string,
  target: string,
  stdDir: string | undefined,
): Promise<void> {
  await copyTree(root, target, LEFT_OUT);
  const path = join(target, "deno.json");
  const config = JSON.parse(await Deno.readTextFile(path));
  delete config.links;
  if (stdDir) {
    const absolute = isAbsolute(stdDir) ? stdDir : resolve(stdDir);
    // Linked packages are checked by the rules of the project that links them; std has fewer.
    config.compilerOptions.noImplicitReturns = false;
    config.links = (await withTheirNeeds(absolute)).map((name) => join(absolute, name));
  }
  await Deno.writeTextFile(path, JSON.stringify(config, null, 2));
}

async function copyTree(
  from: string,
  to: string,
  leftOut: readonly string[] = [],
): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (leftOut.includes(name)) continue;
    if (isDirectory) await copyTree(join(from, name), join(to, name));
    if (isFile) await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** The named packages, and those that they import in turn. */
async function withTheirNeeds(stdDir: string): Promise<string[]> {
  const needed = new Set(NAMED);
  for (const name of needed) {
    for await (const source of sources(join(stdDir, name.replaceAll("-", "_")))) {
      for (const [, other] of source.matchAll(/^\s*(?:import|export|\}) .*?"@std\/([a-z-]+)/gm)) {
        needed.add(other!);
      }
    }
  }
  return [...needed].map((name) => name.replaceAll("-", "_"));
}

/** The text of all modules of a package but its tests. */
async function* sources(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) yield* sources(path);
    else if (/(?<!_test|_bench)\.ts$/.test(name)) yield await Deno.readTextFile(path);
  }
}
