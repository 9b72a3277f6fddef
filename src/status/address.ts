/** Where a server listens. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** The host and the port as in a URL. */
export function addressOf({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether the port is open on all addresses of this machine. */
export function isEverywhere(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** The URL at which this machine reaches the port. */
export function urlHere({ host, port }: Address): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${addressOf({ host: reachable, port })}/`;
}
