// @ts-types="@types/net-snmp"
import snmp from "net-snmp";

/** A credential as net-snmp takes it. Contains secrets: never put it into a message. */
export type Credential =
  | { readonly version: 1 | 2; readonly community: string }
  | { readonly version: 3; readonly user: snmp.User };

/** How to send requests, if a credential sets it. */
export interface RequestOptions {
  /** How long to wait for a response before the request is sent again, in seconds. */
  readonly timeoutS?: number | undefined;
  /** How many times a request is sent again. */
  readonly retries?: number | undefined;
  /** How many rows to request by one GETBULK; 1 requests them by GETNEXT. */
  readonly maxRepetitions?: number | undefined;
}

const LEVELS: ReadonlyMap<string, snmp.SecurityLevel> = new Map([
  ["noAuthNoPriv", snmp.SecurityLevel.noAuthNoPriv],
  ["authNoPriv", snmp.SecurityLevel.authNoPriv],
  ["authPriv", snmp.SecurityLevel.authPriv],
]);

const AUTH_PROTOCOLS: ReadonlyMap<string, snmp.AuthProtocols> = new Map([
  ["MD5", snmp.AuthProtocols.md5],
  ["SHA", snmp.AuthProtocols.sha],
  ["SHA224", snmp.AuthProtocols.sha224],
  ["SHA256", snmp.AuthProtocols.sha256],
  ["SHA384", snmp.AuthProtocols.sha384],
  ["SHA512", snmp.AuthProtocols.sha512],
]);

const PRIV_PROTOCOLS: ReadonlyMap<string, snmp.PrivProtocols> = new Map([
  ["AES", snmp.PrivProtocols.aes],
  ["AES128", snmp.PrivProtocols.aes],
  ["AES256", snmp.PrivProtocols.aes256b],
  ["AES256C", snmp.PrivProtocols.aes256r],
]);

// Agents refuse shorter ones (RFC 3414, 11.2).
const MIN_KEY_LENGTH = 8;

/**
 * Parses the details of a credential, as Grafolean's SNMP form stores them.
 *
 * @param name The name of the credential, for errors.
 * @throws {TypeError} If they are invalid. The message names the field and contains no secret.
 */
export function parseCredential(details: unknown, name: string): Credential {
  return parseFields(details, name, parseVersion);
}

/**
 * Parses the optional fields of a credential: `timeout` (seconds), `retries` and `max_repetitions`, as numbers or texts.
 *
 * @param name The name of the credential, for errors.
 * @throws {TypeError} If one is invalid. The message names the field.
 */
export function parseRequestOptions(details: unknown, name: string): RequestOptions {
  return parseFields(details, name, (fields) => ({
    timeoutS: parseNumber(fields, "timeout", [0.1, 60]),
    retries: parseNumber(fields, "retries", [0, 10], Number.isInteger),
    maxRepetitions: parseNumber(fields, "max_repetitions", [1, 100], Number.isInteger),
  }));
}

function parseFields<T>(details: unknown, name: string, parse: (fields: FormFields) => T): T {
  try {
    return parse(new Map(Object.entries(typeof details === "object" && details ? details : {})));
  } catch (error) {
    throw new TypeError(`Cannot use the credential "${name}" as its ${(error as Error).message}`);
  }
}

function parseVersion(fields: FormFields): Credential {
  const version = fields.get("version");
  switch (version) {
    case "snmpv1":
    case "snmpv2c":
      return {
        version: version === "snmpv1" ? 1 : 2,
        community: requireText(fields, "snmpv12_community", "the community of the device"),
      };
    case "snmpv3":
      return { version: 3, user: parseUser(fields) };
    default:
      throw invalid("version", version, "snmpv1, snmpv2c or snmpv3");
  }
}

type FormFields = ReadonlyMap<string, unknown>;

function parseUser(fields: FormFields): snmp.User {
  const name = requireText(fields, "snmpv3_securityName", "the name of the user");
  const level = requireChoice(fields, "snmpv3_securityLevel", LEVELS);
  if (level === snmp.SecurityLevel.noAuthNoPriv) return { name, level };
  const auth = {
    authProtocol: requireChoice(fields, "snmpv3_authProtocol", AUTH_PROTOCOLS),
    authKey: requireKey(fields, "snmpv3_authKey"),
  };
  if (level === snmp.SecurityLevel.authNoPriv) return { name, level, ...auth };
  if (normalize(fields.get("snmpv3_privProtocol")) === "DES") {
    throw new TypeError(
      "snmpv3_privProtocol is DES, which is broken and no longer supported: choose AES on the device and in Grafolean",
    );
  }
  return {
    name,
    level,
    ...auth,
    privProtocol: requireChoice(fields, "snmpv3_privProtocol", PRIV_PROTOCOLS),
    privKey: requireKey(fields, "snmpv3_privKey"),
  };
}

function requireText(fields: FormFields, name: string, expected: string): string {
  const value = fields.get(name);
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`${name} is missing: set ${expected}`);
}

function requireKey(fields: FormFields, name: string): string {
  const value = requireText(fields, name, `a key of at least ${MIN_KEY_LENGTH} characters`);
  if (value.length >= MIN_KEY_LENGTH) return value;
  throw new TypeError(
    `${name} has ${value.length} characters: expected at least ${MIN_KEY_LENGTH}`,
  );
}

function requireChoice<T>(fields: FormFields, name: string, choices: ReadonlyMap<string, T>): T {
  const value = fields.get(name);
  for (const [spelling, choice] of choices) {
    if (normalize(value) === normalize(spelling)) return choice;
  }
  throw invalid(name, value, [...choices.keys()].join(", "));
}

function parseNumber(
  fields: FormFields,
  name: string,
  [min, max]: readonly [min: number, max: number],
  isValid = Number.isFinite,
): number | undefined {
  const value = fields.get(name) ?? "";
  if (value === "") return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && number >= min && number <= max && isValid(number)) {
    return number;
  }
  const kind = isValid === Number.isFinite ? "a number" : "a whole number";
  throw invalid(name, value, `${kind} from ${min} to ${max}`);
}

// "SHA-256" and "sha256" mean the same.
function normalize(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/[-_ ]/g, "").toUpperCase() : "";
}

function invalid(name: string, value: unknown, expected: string): TypeError {
  const what = value === undefined || value === "" ? "missing" : JSON.stringify(value);
  return new TypeError(`${name} is ${what}: expected ${expected}`);
}
