import { startProcess } from "./harness/start_process.ts";
import type { SetUp } from "./harness/suite.ts";

/** Starts a process that prints what the variants need to know about it, in a line of words. */
export async function startServer(command: readonly string[]): Promise<SetUp> {
  const { line, [Symbol.asyncDispose]: stop } = await startProcess(command);
  return { args: line.split(" "), [Symbol.asyncDispose]: stop };
}
