import config from "../../deno.json" with { type: "json" };
import { classNameOf } from "./bot_name.ts";
import { LIBRARY_SPECIFIER } from "./library.ts";
import type { ProjectOptions } from "./project_options.ts";

/** The library and all packages that it and its templates import, by name. */
const IMPORTS: Readonly<Record<string, string>> = {
  [config.name]: LIBRARY_SPECIFIER,
  ...config.imports,
};

/**
 * Renders the files of a template with the protocol, the class name and the name of a new bot.
 *
 * @throws {Error} If the template does not have one of these, which is a bug of the template.
 */
export function renderTemplate({ template, name, protocol }: ProjectOptions): Map<string, string> {
  const files = new Map<string, string>();
  for (const [path, text] of Object.entries(template.files)) files.set(path, bareImports(text));

  replace(files, `"${template.botName}"`, `"${name}"`);
  if (template.className !== undefined) {
    replace(files, new RegExp(`\\b${template.className}\\b`, "g"), classNameOf(name));
    for (const [path, text] of files) files.set(path, sortImports(text));
  }
  if (template.protocolChoice !== "fixed") {
    const line = (text: string) => `const PROTOCOL = "${text}";`;
    replace(files, line(template.protocol), line(protocol));
  }
  return files;
}

/** The `imports` of a `deno.json` for these modules. */
export function importsOf(modules: Iterable<string>): Record<string, string> {
  const texts = [...modules];
  return Object.fromEntries(
    Object.entries(IMPORTS).filter(([name]) =>
      name === config.name ||
      texts.some((text) => text.includes(`"${name}"`) || text.includes(`"${name}/`))
    ),
  );
}

// Publishing to JSR replaces the names of packages in every module, templates included, by their specifiers; where a path
// follows the name, by "jsr:/@scope/name@version/path".
function bareImports(text: string): string {
  for (const [name, specifier] of Object.entries(IMPORTS)) {
    text = text.replaceAll(`"${specifier}`, `"${name}`)
      .replaceAll(`"${specifier.replace(/^(jsr|npm):/, "$1:/")}`, `"${name}`);
  }
  return text;
}

// The class is among the names that modules import from bot.ts, and `deno fmt` sorts them.
function sortImports(text: string): string {
  const key = (name: string) => name.replace("type ", "").toLowerCase();
  return text.replaceAll(
    /(?<=^import \{ ).*(?= \} from "\.\/bot\.ts";$)/gm,
    (names) => names.split(", ").sort((a, b) => key(a) < key(b) ? -1 : 1).join(", "),
  );
}

function replace(files: Map<string, string>, pattern: string | RegExp, text: string): void {
  let found = false;
  for (const [path, before] of files) {
    const after = before.replaceAll(pattern, () => {
      found = true;
      return text;
    });
    files.set(path, after);
  }
  if (!found) throw new Error(`Cannot find ${pattern} in the template`);
}
