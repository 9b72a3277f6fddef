import { assert } from "@std/assert";
import { join } from "node:path";

/** The version of Node; `undefined` without it. */
export const NODE = await versionOfNode();

/** The name of a test on Node, which is skipped without Node or with an old one. */
export function onNode(name: string): Pick<Deno.TestDefinition, "name" | "ignore"> {
  return {
    name: `${name}, on Node ${NODE?.join(".") ?? ""} (needs Node 20)`,
    ignore: (NODE?.[0] ?? 0) < 20,
  };
}

async function versionOfNode(): Promise<number[] | undefined> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).trim().slice(1).split(".").map(Number);
  } catch {
    return undefined;
  }
}

/** Bundles a module into JavaScript without `jsr:` imports or an import map. */
export async function build(
  module: string,
  target: string,
  flags: readonly string[] = [],
): Promise<void> {
  // One at a time: at first, Deno downloads what it bundles with, and cannot do so twice at once.
  using lock = await Deno.open(import.meta.filename!);
  await lock.lock(true);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...flags, "--output", target, module],
    cwd: join(import.meta.dirname!, "..", ".."),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}
