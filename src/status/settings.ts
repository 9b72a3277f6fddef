import type { SettingsTable, SettingValues } from "../toolkit/settings.ts";

/** The port that documentation and new projects suggest: the usual one of metrics by OpenTelemetry. */
export const SUGGESTED_PORT = 9464;

/** The settings of the status port. */
export const STATUS_SETTINGS = {
  port: {
    name: "HEALTH_PORT",
    about:
      "Port on which the bot shows its status: a page at /, and /healthz, /readyz, /stats and /metrics for programs. " +
      "Without it no port is opened.",
    parse: parsePort,
  },
  host: {
    name: "HEALTH_HOST",
    default: "127.0.0.1",
    about:
      "Address on which HEALTH_PORT is open. 0.0.0.0 lets other machines in: then set HEALTH_TOKEN too.",
    parse: parseHost,
  },
  token: {
    name: "HEALTH_TOKEN",
    about:
      "Token that HEALTH_PORT asks for: a bearer token, or in a browser the password, with any user name. " +
      "At least 16 letters, digits and signs, such as what openssl rand -hex 16 prints.",
    secret: true,
    parse: parseToken,
  },
} satisfies SettingsTable;

/** The values of {@linkcode STATUS_SETTINGS}. */
export type StatusSettings = SettingValues<typeof STATUS_SETTINGS>;

const MIN_TOKEN_LENGTH = 16;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new RangeError(
      `expected a port from 1 to 65535, such as ${SUGGESTED_PORT}, or 0 for any free one`,
    );
  }
  return port;
}

function parseHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  const isIpv6 = /^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*$/i.test(host);
  const isHost = isIpv6 || /^[\d.]+$/.test(host) || /^[a-z][\w.-]*$/i.test(host);
  if (isHost && URL.canParse(`http://${isIpv6 ? `[${host}]` : host}/`)) return host;
  throw new TypeError(
    "expected an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0; the port goes into HEALTH_PORT",
  );
}

function parseToken(text: string): string {
  if (/^[!-~]+$/.test(text) && text.length >= MIN_TOKEN_LENGTH) return text;
  throw new TypeError(
    `expected at least ${MIN_TOKEN_LENGTH} letters, digits and signs, such as what \`openssl rand -hex 16\` prints`,
  );
}
