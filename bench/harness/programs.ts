/** Which of the programs are not installed. */
export async function missingPrograms(names: readonly string[] = []): Promise<string[]> {
  const missing: string[] = [];
  for (const name of names) {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", 'command -v "$0"', name],
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) missing.push(name);
  }
  return missing;
}
