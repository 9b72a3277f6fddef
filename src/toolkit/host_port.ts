import { isIP, isIPv6 } from "node:net";

/** The address of a device. */
export interface HostPort {
  /** An IPv4 address, an IPv6 address without brackets, or a name. */
  readonly host: string;
  /** The port; `undefined` if the text has none. */
  readonly port: number | undefined;
}

/**
 * Parses the address of a device as people write it into a form: `10.0.0.1`, `router.example.com` or `fe80::1`, with an
 * optional port as in `10.0.0.1:1161` and `[fe80::1]:1161`.
 *
 * @param text What the form contains, of any type.
 * @throws {TypeError} If it is not an address. The message says what is missing.
 *
 * @example
 * ```ts
 * import { parseHostPort } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseHostPort("[fe80::1]:1161"), { host: "fe80::1", port: 1161 });
 * assertEquals(parseHostPort("router.example.com").port ?? 161, 161);
 * ```
 */
export function parseHostPort(text: unknown): HostPort {
  if (typeof text === "string") {
    const address = text.trim();
    if (isIP(address)) return { host: address, port: undefined };
    const [, ipv6, name, digits] = /^(?:\[(.+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/.exec(address) ??
      [];
    const host = ipv6 ?? name;
    const port = digits === undefined ? undefined : Number(digits);
    const isValid = ipv6 === undefined || isIPv6(ipv6);
    const isPort = port === undefined || port > 0 && port < 65_536;
    if (host !== undefined && isValid && isPort) return { host, port };
  }
  throw new TypeError(
    `Cannot reach the device as its address is ${
      JSON.stringify(text) ?? "missing"
    }: set its IPv4 address in Grafolean`,
  );
}
