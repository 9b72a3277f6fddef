/**
 * Changes a text as a `diff` block shows it: lines with `-` go, lines with `+` come, the others say where. `@@` stands
 * between places that are apart.
 *
 * @throws {Error} If a place is not in the text, or more than once.
 */
export function applyDiff(text: string, diff: string): string {
  for (const hunk of diff.split(/^@@.*\n/m)) {
    const lines = hunk.trimEnd().split("\n");
    const without = (mark: string) =>
      lines.filter((line) => !line.startsWith(mark)).map((line) => `${line.slice(1)}\n`).join("");
    const parts = text.split(without("+"));
    if (parts.length !== 2) {
      throw new Error(`Expected once, found ${parts.length - 1} times:\n${without("+")}`);
    }
    text = parts.join(without("-"));
  }
  return text;
}
