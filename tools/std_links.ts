import { join, resolve } from "node:path";

/** The packages that `deno.json` names. */
const NAMED = ["assert", "async", "cli", "dotenv"];

/** An import or a re-export of a package of std, in the code of another. */
const IMPORT = /^(?:import|export|\}) .*?"@std\/([a-z-]+)/gm;

/** Absolute paths of the packages of a checkout of denoland/std to link: those named, and those that they need in turn. */
export async function stdLinks(stdDir: string): Promise<string[]> {
  const path = (name: string) => resolve(stdDir, name.replaceAll("-", "_"));
  const needed = new Set(NAMED);
  // A set hands out what is added to it on the way.
  for (const name of needed) {
    for await (const source of sources(path(name))) {
      for (const [, other] of source.matchAll(IMPORT)) needed.add(other!);
    }
  }
  return [...needed].map(path);
}

/** The text of all modules of a package but its tests. */
async function* sources(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) yield* sources(path);
    else if (/(?<!_test|_bench)\.ts$/.test(name)) yield await Deno.readTextFile(path);
  }
}
