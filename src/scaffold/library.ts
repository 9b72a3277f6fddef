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
