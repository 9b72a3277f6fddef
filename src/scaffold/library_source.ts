/**
 * Where the library comes from: the registry, from where a project gets updates, or a folder with its source, which
 * needs no registry.
 */
export type LibrarySource =
  | { readonly kind: "jsr" }
  | {
    readonly kind: "checkout";
    /** The folder as a `file:` URL with a slash at its end. */
    readonly url: string;
  };

/**
 * Tells where the library comes from that a module belongs to.
 *
 * @param moduleUrl The URL of a module in the root of the library.
 */
export function librarySource(moduleUrl: string): LibrarySource {
  return moduleUrl.startsWith("file:")
    ? { kind: "checkout", url: new URL("./", moduleUrl).href }
    : { kind: "jsr" };
}

const LIBRARY = {
  "@grafolean/collector": "offline/collector/mod.ts",
  "@grafolean/collector/testing": "offline/collector/testing.ts",
};

/** What stands in for the packages of `jsr:` in a checkout: all that `offline/` exports. */
export const OFFLINE: Readonly<Record<string, string>> = {
  "@std/assert": "offline/assert/mod.ts",
  "@std/async/delay": "offline/async/delay.ts",
  "@std/async/retry": "offline/async/retry.ts",
  "@std/cli/parse-args": "offline/cli/parse_args.ts",
  "@std/dotenv/parse": "offline/dotenv/parse.ts",
};

/**
 * What a `deno.json` needs, besides its `imports`, to take the library from a checkout: `scopes` that go before them.
 *
 * `links` would be shorter. But Deno takes no links from what is linked and says so at every command.
 *
 * @param imports The names that the project imports.
 */
export function checkoutScopes(
  url: string,
  imports: readonly string[],
): Record<string, Record<string, string>> {
  const inCheckout = (paths: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(paths).map(([name, path]) => [name, new URL(path, url).href]),
    );
  const used = Object.entries(OFFLINE).filter(([name]) =>
    imports.some((imported) => name === imported || name.startsWith(`${imported}/`))
  );
  return {
    "./": inCheckout({ ...LIBRARY, ...Object.fromEntries(used) }),
    [url]: inCheckout(OFFLINE),
  };
}
