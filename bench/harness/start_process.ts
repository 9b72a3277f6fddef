/** A process that serves the variants of a case. */
export interface ServingProcess extends AsyncDisposable {
  /** The first line that it has printed, such as a URL. */
  readonly line: string;
}

/**
 * Starts a process and waits for its first line of standard output. It is terminated when the result is disposed
 * of.
 *
 * @throws {Error} If it ends before.
 */
export async function startProcess(
  [program, ...args]: readonly string[],
): Promise<ServingProcess> {
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${program} ${args.join(" ")} ended before it was ready`);
    text += value;
  }
  return {
    line: text.slice(0, text.indexOf("\n")),
    async [Symbol.asyncDispose]() {
      await reader.cancel();
      child.kill();
      await child.status;
    },
  };
}
