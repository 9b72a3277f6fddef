/** The end of a message: the text of the user, or a period. */
export function suffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}

/** Formats a value in full, with sorted keys, to compare two of them by eye. */
export function format(value: unknown): string {
  return Deno.inspect(value, {
    depth: Infinity,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    compact: false,
    sorted: true,
    trailingComma: true,
    getters: true,
  });
}

/** Lines of context around a difference. */
const CONTEXT = 3;

/** Shows where two values differ: `-` lines are of the first, `+` lines of the second. */
export function difference(actual: unknown, expected: unknown): string {
  const left = format(actual).split("\n");
  const right = format(expected).split("\n");
  const shorter = Math.min(left.length, right.length);

  let before = 0;
  while (before < shorter && left[before] === right[before]) before++;
  let after = 0;
  while (
    after < shorter - before && left.at(-1 - after) === right.at(-1 - after)
  ) after++;

  const lines = [
    ...left.slice(Math.max(0, before - CONTEXT), before).map((line) => `    ${line}`),
    ...left.slice(before, left.length - after).map((line) => `-   ${line}`),
    ...right.slice(before, right.length - after).map((line) => `+   ${line}`),
    ...left.slice(left.length - after).slice(0, CONTEXT).map((line) => `    ${line}`),
  ];
  return `\n    [Diff] Actual / Expected\n\n${lines.join("\n")}\n`;
}
