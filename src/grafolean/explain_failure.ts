import { ConfigError } from "../util/errors.ts";

/** What to do about a forward proxy that answers 407. */
export const PROXY_LOGIN = "it requires a login: put a valid user name and password into its URL";

// What Deno reports, and the codes of Node.
const EXPLANATIONS: readonly (readonly [RegExp, string])[] = [
  [
    /InvalidContentType|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG/,
    "the port does not speak HTTPS: try http:// instead of https:// in the backend URL",
  ],
  // Node only reports "other side closed", which can mean anything.
  [
    /invalid HTTP version parsed/,
    "the port does not speak HTTP: try https:// instead of http:// in the backend URL",
  ],
  [
    /UnknownIssuer|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    "its certificate is not signed by a known CA: set DENO_CERT (on Deno) or NODE_EXTRA_CA_CERTS (on Node) to the file " +
    "with the certificate of its CA",
  ],
  [
    /CaUsedAsEndEntity/,
    "it uses the certificate of a CA: give it one that is signed by the CA, and set DENO_CERT to the file with the " +
    "certificate of the CA",
  ],
  [/proxy authentication required/, PROXY_LOGIN],
  [/unsuccessful tunnel/, "it does not connect to Grafolean"],
];

/**
 * Explains why a request had no answer.
 *
 * @param error The error of `fetch`.
 */
export function explainFailure(error: unknown): string {
  const inner = innermost(error);
  const message = messageOf(inner);
  const clue = `${(inner as { code?: unknown } | undefined)?.code} ${message}`;
  const explanation = EXPLANATIONS.find(([pattern]) => pattern.test(clue))?.[1];
  return explanation === undefined ? message : `${explanation} (${message})`;
}

/**
 * Returns the error for a request that was not permitted, or `undefined` if another error prevented it.
 *
 * @param error The error of `fetch`.
 */
export function permissionError(url: string, error: unknown): ConfigError | undefined {
  if (!(error instanceof Error) || !/^(?:NotCapable|PermissionDenied)$/.test(error.name)) return;
  const { host } = new URL(url);
  return new ConfigError([
    `Cannot connect to ${host} as --allow-net does not include it: add it to the permissions of the bot, which are in ` +
    "the tasks of its deno.json (an executable has those of the task that compiled it)",
  ]);
}

// Runtimes wrap the telling error in "fetch failed".
function innermost(error: unknown): unknown {
  let inner = error;
  for (let n = 0; n < 10 && inner instanceof Error && inner.cause instanceof Error; n++) {
    inner = inner.cause;
  }
  return inner instanceof AggregateError && inner.message === "" && inner.errors.length > 0
    ? innermost(inner.errors[0])
    : inner;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Deno repeats the URL at the start.
  return error.message.replace(/^error sending request (?:for|from \S+ for) \S+.*?\): /, "") ||
    error.name;
}
