import config from "../../deno.json" with { type: "json" };

/** The name of this library. */
export const LIBRARY_NAME: string = config.name;

/** What projects depend on to get this version of the library, or a later one that is compatible. */
export const LIBRARY_SPECIFIER: string = `jsr:${config.name}@^${config.version}`;

/** The library, and all that it imports or its templates import, by name. */
export const LIBRARY_IMPORTS: Readonly<Record<string, string>> = {
  [LIBRARY_NAME]: LIBRARY_SPECIFIER,
  ...config.imports,
};

/** How strictly projects are checked: as strictly as the library, whose templates pass that. */
export const COMPILER_OPTIONS: Readonly<Record<string, boolean>> = config.compilerOptions;

/** How wide the lines of the templates are. */
export const LINE_WIDTH: number = config.fmt.lineWidth;
