// URLs may have hosts that are none, such as "x;whoami" or "x,other.example.com", which would mean something else to a shell
// or to --allow-net. Underscores are common in the names of Docker services; names in other scripts are ASCII here.
const HOST = /^(?:\[[\da-f:.]+\]|[a-z\d_](?:[a-z\d_.-]*[a-z\d_])?\.?)$/;

/** Returns what is wrong with a base URL, or `undefined` if it is valid. */
export function backendUrlProblem(backendUrl: string): string | undefined {
  let url: URL;
  try {
    url = new URL(backendUrl.trim());
  } catch {
    return "it is not a URL: expected something like https://grafolean.example.com/api";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return "it does not start with http:// or https://";
  }
  if (url.username !== "" || url.password !== "") {
    return "it contains a user name or password: Grafolean would use them instead of the token, and refuse them";
  }
  if (!HOST.test(url.hostname) || url.hostname.includes("..")) {
    return `its host ${JSON.stringify(url.hostname)} is neither a name nor an IP address`;
  }
  // Not url.search and url.hash, which are empty for "http://host/api?", although that would break every path.
  if (/[?#]/.test(backendUrl)) {
    return "it contains a query or a fragment: expected something like https://grafolean.example.com/api";
  }
  return undefined;
}

/**
 * Normalizes a base URL, and removes trailing slashes.
 *
 * @throws {TypeError} If it is not an `http:` or `https:` URL, or contains a user name, a query or a fragment.
 */
export function normalizeBackendUrl(backendUrl: string): string {
  const problem = backendUrlProblem(backendUrl);
  if (problem !== undefined) {
    throw new TypeError(
      `Cannot use the backend URL ${JSON.stringify(withoutSecrets(backendUrl))} as ${problem}`,
    );
  }
  return new URL(backendUrl.trim()).href.replace(/\/+$/, "");
}

/** The base URL that is meant if somebody has left out `/api`; `undefined` if a URL ends with it. */
export function backendUrlWithApi(backendUrl: string): string | undefined {
  const url = normalizeBackendUrl(backendUrl);
  return new URL(url).pathname.endsWith("/api") ? undefined : `${url}/api`;
}

/** The host and port of a URL, as `--allow-net` names them. */
export function hostWithPort(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** A hint for errors about answers that do not come from Grafolean. */
export function backendUrlHint(backendUrl: string): string {
  return backendUrlWithApi(backendUrl) === undefined
    ? "check that the backend URL is that of Grafolean"
    : "the backend URL usually ends with /api";
}

// Passwords and queries in a URL may be secrets.
function withoutSecrets(backendUrl: string): string {
  return backendUrl.replace(/\/\/.*@/s, "//***@").replace(/[?#].*$/s, "");
}
