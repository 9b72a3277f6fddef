import { isPermittedByDeno } from "./deno_permission.ts";

/**
 * Names the forward proxy that Deno takes from the environment for a URL, such as `http://proxy:3128 (HTTP_PROXY)`, without
 * the user name and the password in it. Returns `undefined` if that cannot be known, as on other runtimes.
 */
export function envProxy(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  const name = find("ALL_PROXY") ?? find(protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  const exceptions = find("NO_PROXY");
  if (name === undefined || (exceptions && isException(hostname, read(exceptions)!))) return;
  return `${read(name)!.replace(/^(\w+:\/\/)?.*@/s, "$1")} (${name})`;
}

/** Whether a host is in `NO_PROXY`. If in doubt it is: better no proxy is named than the wrong one. */
function isException(host: string, exceptions: string): boolean {
  return exceptions.split(",").map((each) => each.trim()).some((each) =>
    each !== "" && (each === "*" || each.includes("/") || host.endsWith(each))
  );
}

/** Finds the name of a variable that is set. Deno prefers capitals too. */
function find(name: string): string | undefined {
  return [name, name.toLowerCase()].find((each) => read(each));
}

function read(name: string): string | undefined {
  // Reading it without that could prompt.
  return isPermittedByDeno({ name: "env", variable: name })
    ? globalThis.process.env[name]
    : undefined;
}
