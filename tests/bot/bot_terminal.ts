// Starts bots in a terminal.

import { join } from "node:path";
import { denoRun, type stage } from "./bot_process.ts";

/** Whether there is no terminal for a test; its name ends with "(needs script)". */
export const noTerminal = !await isUtilLinuxScript();

/** Whether `script` is the one that takes a command and its keys from standard input; BSD has another. */
async function isUtilLinuxScript(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}

type Stage = Awaited<ReturnType<typeof stage>>;

/** Starts the bot in a terminal of its own, with `deno task`, as its users do. */
export async function startInTerminal(
  it: Stage,
  { args = [], env = it.env, permissions = it.permissions }: {
    readonly args?: readonly string[];
    readonly env?: Record<string, string>;
    readonly permissions?: readonly string[];
  } = {},
) {
  const quoted = [...denoRun(permissions), ...args].slice(1).map((arg) => `'${arg}'`).join(" ");
  const tasks = { start: `deno ${quoted}` };
  await Deno.writeTextFile(join(it.folder, "deno.json"), JSON.stringify({ tasks }));
  const command = `exec '${Deno.execPath()}' task -q start`;
  return it.run(["script", "-qec", command, "/dev/null"], { env, stdin: true });
}
