import { cpus } from "node:os";
import { join } from "node:path";
import type { SuiteResults } from "./report.ts";

const BENCH = join(import.meta.dirname!, "..");
const README = join(BENCH, "README.md");
const RESULTS = join(BENCH, "results.json");

/** Where and when something is measured, in one sentence. */
export function describeConditions(): string {
  const processors = cpus();
  const changes = git("status", "--porcelain", "--", "src", "templates", "mod.ts");
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown CPU"}, ` +
    `${Deno.build.os} ${Deno.osRelease()} (${Deno.build.arch}), Deno ${Deno.version.deno}, ` +
    `load ${Deno.loadavg()[0]!.toFixed(1)} at the start, ` +
    `${new Date().toISOString().slice(0, 10)}, ` +
    `commit ${git("rev-parse", "--short", "HEAD")}${changes === "" ? "" : " with changes"}.`;
}

function git(...args: string[]): string {
  const { stdout } = new Deno.Command("git", { args, cwd: BENCH, stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** Reads what was measured last, by suite. */
export async function readResults(): Promise<SuiteResults[]> {
  return JSON.parse(await Deno.readTextFile(RESULTS));
}

/** Replaces what was measured last in the same suites. */
export async function writeResults(results: readonly SuiteResults[]): Promise<void> {
  const names = new Set(results.map(({ suite }) => suite));
  const others = (await readResults()).filter(({ suite }) => !names.has(suite));
  await Deno.writeTextFile(RESULTS, JSON.stringify([...others, ...results], null, 2) + "\n");
}

/** Puts sections into the README, by the names of their suites. */
export async function writeReadme(sections: ReadonlyMap<string, string>): Promise<void> {
  let readme = await Deno.readTextFile(README);
  for (const [suite, section] of sections) readme = replaceSection(readme, suite, section);
  await Deno.writeTextFile(README, await formatMarkdown(readme));
}

/**
 * Puts a section between the markers of its suite.
 *
 * @throws {Error} If the markers are missing.
 */
export function replaceSection(readme: string, suite: string, section: string): string {
  const [begin, end] = [`<!-- bench ${suite} -->`, `<!-- end ${suite} -->`];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`The README of the bench lacks "${begin}" or "${end}"`);
  }
  return `${readme.slice(0, from + begin.length)}\n\n${section}\n\n${readme.slice(to)}`;
}

/** Aligns tables and breaks lines as `deno fmt` does it in the README. */
export async function formatMarkdown(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: BENCH,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await ReadableStream.from([new TextEncoder().encode(text)]).pipeTo(child.stdin);
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot format Markdown");
  return new TextDecoder().decode(stdout);
}
