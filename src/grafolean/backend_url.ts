/** Says what is wrong with a base URL, or `undefined` when it can be used. */
export function backendUrlProblem(backendUrl: string): string | undefined {
  let url: URL;
  try {
    url = new URL(backendUrl.trim());
  } catch {
    return "it is not a URL: expected something like https://grafolean.example.com/api";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return `it starts with ${url.protocol}//: expected http:// or https://`;
  }
  if (url.username !== "" || url.password !== "") {
    return "it holds a user name or password: Grafolean would take them for its own login and refuse the token";
  }
  // Not url.search and url.hash: both are empty for "http://host/api?", which would still spoil every path.
  if (/[?#]/.test(backendUrl)) {
    return "it holds a query or a fragment: expected something like https://grafolean.example.com/api";
  }
  return undefined;
}

/**
 * Brings a base URL into its one form: no slash at the end.
 *
 * @throws {TypeError} If it is not an `http:` or `https:` URL, or holds a user name, a query or a fragment.
 */
export function normalizeBackendUrl(backendUrl: string): string {
  const problem = backendUrlProblem(backendUrl);
  if (problem !== undefined) {
    throw new TypeError(
      `Cannot use the backend URL ${JSON.stringify(shown(backendUrl))} as ${problem}`,
    );
  }
  return new URL(backendUrl.trim()).href.replace(/\/+$/, "");
}

/** A hint for messages about answers that are not Grafolean's. */
export function backendUrlHint(backendUrl: string): string {
  return /\/api$/.test(backendUrl)
    ? "check that the backend URL is that of Grafolean"
    : "the backend URL usually ends with /api";
}

// What people put into a URL by mistake may be a secret: passwords and queries are not repeated.
function shown(backendUrl: string): string {
  return backendUrl.replace(/\/\/.*@/s, "//***@").replace(/[?#].*$/s, "");
}
