const PROMTOOL = "promtool";

/** Whether the program that checks what Prometheus reads is installed. */
export async function hasPromtool(): Promise<boolean> {
  try {
    return (await promtool(["--version"])).code === 0;
  } catch {
    return false;
  }
}

/** Runs promtool. */
export async function promtool(
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number; readonly output: string }> {
  const child = new Deno.Command(PROMTOOL, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([input]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
