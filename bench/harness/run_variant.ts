import { fileURLToPath } from "node:url";
import type { Figure, Figures } from "./suite.ts";

/** No variant takes longer unless it hangs. */
const LIMIT_MS = 10 * 60_000;

/**
 * The command that runs a script of this folder.
 *
 * @param script Its URL, by `import.meta.resolve`.
 * @param flags Permissions and other flags of `deno run`.
 * @param args Arguments of the script.
 */
export function denoCommand(
  script: string,
  flags: readonly string[],
  ...args: readonly string[]
): string[] {
  return [Deno.execPath(), "run", "--no-prompt", ...flags, fileURLToPath(script), ...args];
}

/**
 * Runs the process of a variant and reads the figures in its last line.
 *
 * @throws {Error} If it fails, takes longer than `limitMs`, or prints something else; the message begins with `name`.
 */
export async function runVariant(
  name: string,
  [program, ...args]: readonly string[],
  figures: readonly Figure[],
  limitMs: number = LIMIT_MS,
): Promise<Figures> {
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let isCut = false;
  const timer = setTimeout(() => {
    isCut = true;
    child.kill("SIGKILL");
  }, limitMs);
  const output = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  const stdout = decoder.decode(output.stdout);
  const stderr = decoder.decode(output.stderr);
  if (isCut) throw new Error(`${name} was killed after ${limitMs / 1000} s\n${stderr}`);
  if (!output.success) throw new Error(`${name} failed with exit code ${output.code}\n${stderr}`);
  return readFigures(name, stdout.trimEnd().split("\n").at(-1)!, figures);
}

function readFigures(name: string, line: string, figures: readonly Figure[]): Figures {
  const printed = parse(line);
  if (typeof printed !== "object" || printed === null) {
    throw new Error(`${name} printed "${line}" as its last line instead of a JSON object`);
  }
  const found = Object.entries(printed).filter(([key]) => figures.some((one) => one.key === key));
  if (found.length === 0) {
    const keys = figures.map(({ key }) => key).join(", ");
    throw new Error(`${name} printed "${line}", which has none of the figures ${keys}`);
  }
  for (const [key, value] of found) {
    if (!Number.isFinite(value)) throw new Error(`${name} printed "${value}" as ${key}`);
  }
  return Object.fromEntries(found);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
