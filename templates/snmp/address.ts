import { isIP, isIPv6 } from "node:net";

/** The address of a device. */
export interface Address {
  /** An IPv4 or IPv6 address, or a name. */
  readonly host: string;
  /** The UDP port. */
  readonly port: number;
}

const SNMP_PORT = 161;

/**
 * Parses the address of a device: `10.0.0.1`, `router.example.com` or `fe80::1`, with an optional port as in
 * `10.0.0.1:1161` and `[fe80::1]:1161`.
 *
 * @throws {TypeError} If it is invalid.
 */
export function parseAddress(text: unknown): Address {
  if (typeof text === "string") {
    const address = text.trim();
    if (isIP(address)) return { host: address, port: SNMP_PORT };
    const [, ipv6, name, digits] = /^(?:\[(.+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/.exec(address) ??
      [];
    const host = ipv6 ?? name;
    const port = digits === undefined ? SNMP_PORT : Number(digits);
    const isValid = ipv6 === undefined || isIPv6(ipv6);
    if (host !== undefined && isValid && port > 0 && port < 65_536) return { host, port };
  }
  throw new TypeError(
    `Cannot reach the device as its address is ${
      JSON.stringify(text) ?? "missing"
    }: set its IPv4 address in Grafolean`,
  );
}
