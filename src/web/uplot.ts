/** The chart library uPlot, for browsers. */
export interface UPlotFiles {
  /** The script that defines `uPlot`, below its licence, which has to go with each copy. */
  readonly js: string;
  /** Its stylesheet. */
  readonly css: string;
}

/**
 * Loads uPlot. On Deno it is part of the program, also of a compiled one.
 *
 * @returns The files; `undefined` on Node without the npm package `uplot`.
 */
export async function loadUPlot(): Promise<UPlotFiles | undefined> {
  try {
    return "Deno" in globalThis ? await load() : await loadOnNode();
  } catch {
    return undefined;
  }
}

async function load(): Promise<UPlotFiles> {
  const [license, js, css] = await Promise.all([
    import("uplot/LICENSE", { with: { type: "text" } }),
    import("uplot/dist/uPlot.iife.min.js", { with: { type: "text" } }),
    import("uplot/dist/uPlot.min.css", { with: { type: "text" } }),
  ]);
  return { js: withLicense(license.default, js.default), css: css.default };
}

async function loadOnNode(): Promise<UPlotFiles> {
  const [{ createRequire }, { readFile }] = await Promise.all([
    import("node:module"),
    import("node:fs/promises"),
  ]);
  const { resolve } = createRequire(import.meta.url);
  const read = (name: string) => readFile(resolve(`uplot/${name}`), "utf8");
  const [license, js, css] = await Promise.all(
    ["LICENSE", "dist/uPlot.iife.min.js", "dist/uPlot.min.css"].map(read),
  );
  return { js: withLicense(license!, js!), css: css! };
}

function withLicense(license: string, js: string): string {
  return `/*\n${license.trim()}\n*/\n${js}`;
}
