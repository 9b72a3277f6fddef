import process from "node:process";

/** Returns the name and version of what runs this program, such as `deno 2.9.6`. */
export function runtime(): string {
  const { deno, bun, node } = process.versions;
  return deno ? `deno ${deno}` : bun ? `bun ${bun}` : `node ${node}`;
}
