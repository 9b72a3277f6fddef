import { open, rename, rm } from "node:fs/promises";

interface ReplaceFileOptions {
  /** The mode of the new file. */
  readonly mode: number;
  /** Whether to write it to the disk first, so that a power cut leaves no empty file. */
  readonly sync: boolean;
}

/**
 * Replaces a file as a whole, so that it is complete at any time: writes `FILE.new`, which must not exist at that moment
 * and so is no link of somebody else, and renames it.
 *
 * @throws {Error} If one of the files cannot be written.
 */
export async function replaceFile(
  path: string,
  text: string | AsyncIterable<string>,
  { mode, sync }: ReplaceFileOptions,
): Promise<void> {
  const temporary = `${path}.new`;
  // One that a crash has left behind would keep its mode.
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", mode);
  try {
    for await (const piece of typeof text === "string" ? [text] : text) await file.writeFile(piece);
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
