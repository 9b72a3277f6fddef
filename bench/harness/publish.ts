import { join } from "node:path";
import { renderResults, replaceResults, type SuiteResults } from "./report.ts";
import type { Suite } from "./suite.ts";

/** Reads what was measured last, by suite. */
export async function readResults(folder: string): Promise<SuiteResults[]> {
  return JSON.parse(await Deno.readTextFile(join(folder, "results.json")));
}

/**
 * Puts the results of a suite into `results.json` and `README.md` of a folder.
 *
 * @throws {Error} If the README has no place for them.
 */
export async function publish(folder: string, suite: Suite, results: SuiteResults): Promise<void> {
  const readme = join(folder, "README.md");
  const text = renderResults(suite, results);
  await writeFormatted(readme, replaceResults(await Deno.readTextFile(readme), suite.name, text));
  const others = (await readResults(folder)).filter(({ suite }) => suite !== results.suite);
  await writeFormatted(join(folder, "results.json"), JSON.stringify([...others, results]));
}

async function writeFormatted(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", path],
  }).output();
  if (!success) throw new Error(`Cannot format ${path}`);
}
