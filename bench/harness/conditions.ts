import { cpus } from "node:os";

/** Where and when something was measured, in one sentence. */
export async function conditions(): Promise<string> {
  const processors = cpus();
  const load = Deno.loadavg()[0]!.toFixed(1);
  const day = new Date().toISOString().slice(0, 10);
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown CPU"}, ` +
    `${Deno.build.os} ${Deno.osRelease()} (${Deno.build.arch}), Deno ${Deno.version.deno}, ` +
    `load ${load} at the start, ${day}, commit ${await commit()}.`;
}

async function commit(): Promise<string> {
  const hash = await git("rev-parse", "--short", "HEAD");
  const changes = await git("status", "--porcelain", "--", "src", "templates", "mod.ts");
  return changes === "" ? hash : `${hash} with changes`;
}

async function git(...args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command("git", {
    args: [...args],
    cwd: import.meta.dirname!,
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}
