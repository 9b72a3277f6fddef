const CHARACTER = /[a-zA-Z0-9_-]/;
const PATH = /^(?:[a-zA-Z0-9_-]|%2e|%3a)+(?:\.(?:[a-zA-Z0-9_-]|%2e|%3a)+)*$/;

// In characters. The backend has no explicit limit, but answers 500 when an index row becomes too long, at somewhere
// between 2,000 and 2,700 characters.
const MAX_PATH_LENGTH = 2000;

/**
 * Converts any text to a valid segment of a path.
 *
 * Dots and colons become `%2e` and `%3a`, as in Grafolean's own bots. Accents are removed, and every other character
 * that Grafolean does not allow in a path becomes `_`, so different texts can become the same segment. An empty text
 * becomes `_`.
 *
 * @param text Any text, such as an address, the name of an interface or user input.
 * @returns A segment of `[a-zA-Z0-9_-]`, `%2e` and `%3a`, never empty.
 *
 * @example
 * ```ts
 * import { pathPart } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pathPart("10.0.0.1"), "10%2e0%2e0%2e1");
 * assertEquals(pathPart("GigabitEthernet0/1"), "GigabitEthernet0_1");
 * assertEquals(pathPart("Küche"), "Kuche");
 * ```
 */
export function pathPart(text: string | number | bigint): string {
  const plain = String(text).normalize("NFKD").replaceAll(/\p{Mark}/gu, "");
  let part = "";
  for (const character of plain) {
    if (CHARACTER.test(character)) part += character;
    else if (character === ".") part += "%2e";
    else if (character === ":") part += "%3a";
    else part += "_";
  }
  return part === "" ? "_" : part;
}

/** Returns why Grafolean would refuse a path, or `undefined` if it is valid. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "the path is empty";
  if (path.length > MAX_PATH_LENGTH) {
    return `the path has ${path.length} characters, more than ${MAX_PATH_LENGTH}`;
  }
  if (!PATH.test(path)) {
    return "a path is segments of a-z, A-Z, 0-9, _, -, %2e and %3a joined by dots: pathPart() converts any text to a segment";
  }
  if (path.startsWith("system.")) return "paths that start with system. are reserved by Grafolean";
  return undefined;
}
