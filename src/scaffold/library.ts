import config from "../../deno.json" with { type: "json" };

/** What a project depends on: this version of the library, or a later compatible one. */
export const LIBRARY_SPECIFIER: string = `jsr:${config.name}@^${config.version}`;

/**
 * The root of the checkout that a module of the library belongs to, as a `file:` URL that ends in a slash.
 *
 * @param moduleUrl The URL of a module in the root of the library.
 * @returns `undefined` if the module comes from JSR.
 */
export function checkoutUrl(moduleUrl: string): string | undefined {
  return moduleUrl.startsWith("file:") ? new URL("./", moduleUrl).href : undefined;
}

/** The path of a checkout, with slashes on Windows as well. */
export function checkoutPath(url: string): string {
  const path = decodeURIComponent(new URL(url).pathname).replace(/\/$/, "");
  return path.replace(/^\/(?=[A-Za-z]:)/, "");
}
