import { LIBRARY_SPECIFIER } from "./library_imports.ts";
import type { LibrarySource } from "./library.ts";
import type { Settled } from "./resolve_options.ts";

/** Says what to do next, line by line. */
export function nextSteps(
  { backendUrl, botToken }: Settled,
  dir: string,
  library: LibrarySource,
  windows: boolean,
): string[] {
  const missing = [
    ...(backendUrl === "" ? ["BACKEND_URL"] : []),
    ...(botToken === "" ? ["BOT_TOKEN"] : []),
  ];
  const steps = [
    ...(dir === "" ? [] : [[`cd ${quoted(dir, windows)}`, ""]]),
    ["deno task dev", "try it out, with nothing set up"],
    ...(missing.length === 0 ? [] : [["", `then put ${missing.join(" and ")} into .env`]]),
    ["deno task dry-run", "see what it would send"],
    ["deno task start", "run it"],
  ];
  const width = Math.max(...steps.map(([command = ""]) => command.length));
  return [
    "",
    "Next:",
    ...steps.map(([command = "", about = ""]) =>
      about === "" ? `  ${command}` : `  ${command.padEnd(Math.min(width, 24))}  # ${about}`
    ),
    ...(library.kind === "jsr" ? [] : [
      "",
      `It takes the library from ${folderOf(library.url)}. To take it from JSR,`,
      `${LIBRARY_SPECIFIER}, delete "links", "workspace" and "lock" from its deno.json.`,
    ]),
  ];
}

/** A path as a shell takes it. */
function quoted(path: string, windows: boolean): string {
  if (windows) return /[^\w.\\/:-]/.test(path) ? `"${path}"` : path;
  return /[^\w./-]/.test(path) || path.startsWith("-")
    ? `'${path.replaceAll("'", `'\\''`)}'`
    : path;
}

function folderOf(url: string): string {
  const path = decodeURIComponent(new URL(url).pathname).replace(/\/$/, "");
  return path.replace(/^\/(?=[A-Za-z]:)/, ""); // a drive of Windows
}
