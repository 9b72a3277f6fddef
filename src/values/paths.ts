const CHARACTER = /[a-zA-Z0-9_-]/;
const PATH = /^(?:[a-zA-Z0-9_-]|%2e|%3a)+(?:\.(?:[a-zA-Z0-9_-]|%2e|%3a)+)*$/;

// The backend sets no limit of its own, but answers 500 when the row of its index becomes too long, somewhere between
// 2,000 and 2,700 characters.
const MAX_PATH_LENGTH = 2000;

/**
 * Makes any text one legal segment of a path.
 *
 * Dots and colons become `%2e` and `%3a`, as Grafolean's own bots write them. Accents are dropped, and everything else
 * that a path cannot hold becomes `_`, so different texts can become the same segment. An empty text becomes `_`.
 *
 * @param text Anything: an address, the name of an interface, what people typed.
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

/** Says why Grafolean would not take a path, or `undefined` when it would. */
export function pathProblem(path: unknown): string | undefined {
  if (typeof path !== "string") return `the path is ${describe(path)}, not a string`;
  if (path === "") return "the path is empty";
  if (path.length > MAX_PATH_LENGTH) {
    return `the path has ${path.length} characters, more than ${MAX_PATH_LENGTH}`;
  }
  if (!PATH.test(path)) {
    return "a path is segments of a-z, A-Z, 0-9, _, -, %2e and %3a joined by dots: pathPart() makes a segment of any text";
  }
  if (path.startsWith("system.")) return "paths that start with system. belong to Grafolean itself";
  return undefined;
}

/** Describes a value of the wrong type in a few words. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return String(value);
}
