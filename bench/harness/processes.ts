import { join } from "node:path";
import type { Figure, Measurement } from "./suite.ts";

const BENCH = join(import.meta.dirname!, "..");
/** No variant takes longer unless it hangs. */
const LIMIT_MS = 10 * 60_000;

/**
 * The command that runs a script.
 *
 * @param script Its path in `bench/`.
 * @param flags Permissions and other flags of `deno run`.
 * @param args First arguments of the script.
 */
export function denoCommand(
  script: string,
  flags: readonly string[],
  ...args: readonly string[]
): readonly string[] {
  return [Deno.execPath(), "run", "--no-prompt", ...flags, join(BENCH, script), ...args];
}

/** Which of the programs are not installed, or, for those with arguments, fail. */
export function missingPrograms(names: readonly string[] = []): string[] {
  return names.filter((name) => {
    const args = ["-c", name.includes(" ") ? name : `command -v ${name}`];
    return !new Deno.Command("sh", { args }).outputSync().success;
  });
}

/**
 * Runs the process of a variant and reads the figures in its last line.
 *
 * @param name Begins the message of an error.
 * @throws {Error} If it fails, takes longer than `limitMs`, or prints something else.
 */
export async function runVariant(
  name: string,
  [program, ...args]: readonly string[],
  figures: readonly Figure[],
  limitMs: number = LIMIT_MS,
): Promise<Measurement["figures"]> {
  const signal = AbortSignal.timeout(limitMs);
  const output = await new Deno.Command(program!, { args, stdin: "null", signal }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((text) =>
    new TextDecoder().decode(text).trimEnd()
  );
  if (signal.aborted) throw new Error(`${name} was ended after ${limitMs / 1000} s\n${stderr}`);
  if (!output.success) throw new Error(`${name} failed with exit code ${output.code}\n${stderr}`);
  const line = stdout!.split("\n").at(-1)!;
  const printed = parseObject(line);
  const found = figures.filter(({ key }) => key in printed).map(({ key }) => [key, printed[key]]);
  if (found.length === 0 || found.some(([, value]) => typeof value !== "number")) {
    throw new Error(`${name} printed "${line}" as its last line instead of figures in JSON`);
  }
  return Object.fromEntries(found);
}

/** Reads JSON; what is none has no properties. */
function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(json));
  } catch {
    return {};
  }
}

/** A process that the variants of a case share. */
export interface Server extends AsyncDisposable {
  /** What it has printed: an address, for example. */
  readonly words: readonly string[];
}

/**
 * Starts a process and waits for its first line. It is terminated when the result is disposed of.
 *
 * @throws {Error} If it ends before.
 */
export async function startServer([program, ...args]: readonly string[]): Promise<Server> {
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) {
      await child.status;
      throw new Error(`${program} ${args.join(" ")} ended before it was ready`);
    }
    text += value;
  }
  return {
    words: text.slice(0, text.indexOf("\n")).split(" "),
    async [Symbol.asyncDispose]() {
      await reader.cancel();
      child.kill();
      await child.status;
    },
  };
}
