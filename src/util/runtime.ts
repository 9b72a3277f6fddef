import process from "node:process";

/** Returns the name and version of what runs this program, such as `Deno 2.9.6`. */
export function runtime(): string {
  const { deno, bun, node } = process.versions;
  return deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`;
}
