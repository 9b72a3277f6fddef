import { cp } from "node:fs/promises";
import { basename, join } from "node:path";

/** The packages of std that `deno.json` imports, and `internal`, which they import. */
const PACKAGES = ["assert", "async", "cli", "dotenv", "internal"];

/** Folders that are no part of a checkout. */
const LEFT_OUT = [".git", ".tmp", "coverage", "node_modules"];

/**
 * Copies a checkout of this project, and makes the copy use the real `@std` packages instead of `offline/`.
 *
 * @param root The checkout.
 * @param target A folder, created if need be.
 * @param stdDir A checkout of denoland/std to take the packages from. @default JSR
 */
export async function copyWithRealStd(
  root: string,
  target: string,
  stdDir?: string,
): Promise<void> {
  await cp(root, target, {
    recursive: true,
    filter: (path) => !LEFT_OUT.includes(basename(path)),
  });
  const path = join(target, "deno.json");
  const { workspace: _offline, ...config } = JSON.parse(await Deno.readTextFile(path));
  if (stdDir === undefined) return await writeJson(path, config);

  for (const name of PACKAGES) {
    const folder = join(target, ".tmp", "std", name);
    await cp(join(stdDir, name), folder, { recursive: true });
    const member = join(folder, "deno.json");
    const std = JSON.parse(await Deno.readTextFile(member));
    // Its tests and examples are not ours to run.
    await writeJson(member, { ...std, publish: false, exclude: ["**/*"] });
  }
  await writeJson(path, {
    ...config,
    workspace: ["./.tmp/std/*"],
    // Members follow the compiler options of the root, and std does not know this one.
    compilerOptions: { ...config.compilerOptions, noImplicitReturns: false },
  });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(value, null, 2));
}
