import { BlockList, isIP } from "node:net";
import process from "node:process";

/** The used part of what Deno has and other runtimes lack. */
interface DenoPermissions {
  readonly permissions?: {
    querySync(permission: { readonly name: "env"; readonly variable: string }): {
      readonly state: string;
    };
  };
}

/**
 * Names the forward proxy that Deno takes from the environment for a URL, such as `http://proxy:3128 (HTTP_PROXY)`, without
 * the user name and the password in it.
 *
 * @param read Reads an environment variable. By default, one that may not be read counts as not set.
 * @returns `undefined` if it uses none, or if that cannot be known, as on other runtimes.
 */
export function envProxy(
  url: string,
  read: (name: string) => string | undefined = readPermitted,
): string | undefined {
  const { protocol, hostname } = new URL(url);
  // In the order of Deno, which also prefers capitals.
  const find = (name: string) => [name, name.toLowerCase()].find((each) => read(each));
  const name = find("ALL_PROXY") ?? find(protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (name === undefined) return undefined;
  const exceptions = find("NO_PROXY");
  const host = hostname.replace(/^\[|\]$/g, "");
  if (exceptions !== undefined && isException(host, read(exceptions)!)) return undefined;
  const proxy = read(name)!;
  try {
    const { protocol, host } = new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
    return `${protocol}//${host} (${name})`;
  } catch {
    return undefined;
  }
}

function isException(host: string, exceptions: string): boolean {
  return exceptions.split(",").map((each) => each.trim()).some((each) => {
    if (each === "*") return true;
    if (isIP(host) !== 0) return isInside(host, each);
    const domain = each.replace(/^\./, "");
    return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
  });
}

/** Whether an address is, or is in, a network such as `10.0.0.0/8`. */
function isInside(address: string, network: string): boolean {
  const family = (ip: string) => isIP(ip) === 6 ? "ipv6" : "ipv4";
  const [first = "", bits] = network.split("/");
  if (isIP(first) === 0) return false;
  const list = new BlockList();
  try {
    if (bits === undefined) list.addAddress(first, family(first));
    else list.addSubnet(first, Number(bits), family(first));
  } catch {
    return false;
  }
  return list.check(address, family(address));
}

function readPermitted(name: string): string | undefined {
  const { Deno } = globalThis as { readonly Deno?: DenoPermissions };
  // Reading it without asking first could prompt.
  const permission = Deno?.permissions?.querySync({ name: "env", variable: name });
  return permission?.state === "granted" ? process.env[name] : undefined;
}
