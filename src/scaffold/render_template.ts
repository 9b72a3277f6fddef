import { classNameOf } from "./bot_name.ts";
import { LIBRARY_IMPORTS, LIBRARY_NAME } from "./library_imports.ts";
import type { Project } from "./project_options.ts";

/**
 * Makes the files of a template into those of a project: replaces the protocol, the name of the class and the name of
 * the bot.
 *
 * @throws {Error} If a mark that is to be replaced is not there: then the template is not as it should be.
 */
export function projectFiles({ template, name, protocol }: Project): Map<string, string> {
  const files = new Map<string, string>();
  for (const [path, text] of Object.entries(template.files)) files.set(path, bareImports(text));

  replace(files, `"${template.botName}"`, `"${name}"`);
  if (template.className !== undefined) {
    replace(files, new RegExp(`\\b${template.className}\\b`, "g"), classNameOf(name));
  }
  if (template.protocolChoice !== "fixed") {
    const mark = (text: string) => `const PROTOCOL = "${text}";`;
    replace(files, mark(template.protocol), mark(protocol));
  }
  return files;
}

/**
 * The names from `imports` in a `deno.json` that modules import.
 *
 * @returns The names, each with what it stands for.
 */
export function importsOf(modules: Iterable<string>): Record<string, string> {
  const texts = [...modules];
  return Object.fromEntries(
    Object.entries(LIBRARY_IMPORTS).filter(([name]) =>
      name === LIBRARY_NAME ||
      texts.some((text) => text.includes(`"${name}"`) || text.includes(`"${name}/`))
    ),
  );
}

// Publishing to JSR writes out what a name stands for in every module, templates included; before a path behind the name
// that is "jsr:/@scope/name@version/path".
function bareImports(text: string): string {
  for (const [name, target] of Object.entries(LIBRARY_IMPORTS)) {
    text = text.replaceAll(`"${target}`, `"${name}`)
      .replaceAll(`"${target.replace(/^(jsr|npm):/, "$1:/")}`, `"${name}`);
  }
  return text;
}

function replace(files: Map<string, string>, mark: string | RegExp, text: string): void {
  let found = false;
  for (const [path, before] of files) {
    const after = before.replaceAll(mark, () => {
      found = true;
      return text;
    });
    files.set(path, after);
  }
  if (!found) {
    throw new Error(`Cannot find ${mark} in the template: it has to be there to be replaced`);
  }
}
