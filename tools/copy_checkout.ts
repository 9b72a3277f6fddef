import { join } from "node:path";

/** No part of the project. */
const LEFT_OUT = [".git", ".tmp", "coverage", "node_modules"];

/** `deno.json`, as far as it is changed here. */
interface Config {
  links?: readonly string[];
  compilerOptions: Record<string, unknown>;
}

/**
 * Copies a checkout of this project, with other `links` than those to `offline/`.
 *
 * @param root The checkout.
 * @param target A directory, made if it is not there.
 * @param links Absolute paths of packages to use instead of those at JSR; none to use JSR.
 */
export async function copyCheckout(
  root: string,
  target: string,
  links: readonly string[] = [],
): Promise<void> {
  await copyTree(root, target, LEFT_OUT);
  const path = join(target, "deno.json");
  const config: Config = JSON.parse(await Deno.readTextFile(path));
  delete config.links;
  if (links.length > 0) {
    config.links = links;
    // Linked packages are checked by the rules of the project that links them; std has fewer.
    config.compilerOptions["noImplicitReturns"] = false;
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
