import { assert, assertEquals, assertThrows } from "@std/assert";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { type Credential, parseCredential, parseRequestOptions } from "./credential.ts";

const parse = (details: unknown): Credential => parseCredential(details, "core");

const V3 = {
  version: "snmpv3",
  snmpv3_securityName: "monitor",
  snmpv3_securityLevel: "authPriv",
  snmpv3_authProtocol: "SHA",
  snmpv3_authKey: "secret-auth",
  snmpv3_privProtocol: "AES",
  snmpv3_privKey: "secret-priv",
};

Deno.test("parseCredential accepts a community", () => {
  assertEquals(parse({ version: "snmpv1", snmpv12_community: "public" }), {
    version: 1,
    community: "public",
  });
  assertEquals(parse({ version: "snmpv2c", snmpv12_community: "p b" }), {
    version: 2,
    community: "p b",
  });
});

Deno.test("parseCredential accepts a user of each security level, with only the fields of that level", () => {
  const { authPriv, authNoPriv, noAuthNoPriv } = snmp.SecurityLevel;
  const auth = { authProtocol: snmp.AuthProtocols.sha, authKey: "secret-auth" };
  assertEquals(parse(V3), {
    version: 3,
    user: {
      name: "monitor",
      level: authPriv,
      ...auth,
      privProtocol: snmp.PrivProtocols.aes,
      privKey: "secret-priv",
    },
  });
  assertEquals(parse({ ...V3, snmpv3_securityLevel: "authNoPriv" }), {
    version: 3,
    user: { name: "monitor", level: authNoPriv, ...auth },
  });
  assertEquals(parse({ ...V3, snmpv3_securityLevel: "noAuthNoPriv" }), {
    version: 3,
    user: { name: "monitor", level: noAuthNoPriv },
  });
});

Deno.test("parseCredential accepts SHA-2 and AES-256 in any spelling", () => {
  const credential = parse({
    ...V3,
    snmpv3_authProtocol: "sha-512",
    snmpv3_privProtocol: "AES-256",
  });
  assert(credential.version === 3);
  assertEquals(credential.user.authProtocol, snmp.AuthProtocols.sha512);
  assertEquals(credential.user.privProtocol, snmp.PrivProtocols.aes256b);
});

const WRONG: readonly [string, unknown, string][] = [
  ["no details", null, "version is missing"],
  ["no version", {}, "version is missing"],
  ["an unknown version", { version: "2c" }, 'version is "2c": expected snmpv1, snmpv2c or snmpv3'],
  ["no community", { version: "snmpv2c" }, "snmpv12_community is missing"],
  [
    "an empty community",
    { version: "snmpv1", snmpv12_community: "" },
    "snmpv12_community is missing",
  ],
  ["no user", { ...V3, snmpv3_securityName: "" }, "snmpv3_securityName is missing"],
  ["no level", { ...V3, snmpv3_securityLevel: "" }, "snmpv3_securityLevel is missing"],
  [
    "no authProtocol",
    { ...V3, snmpv3_authProtocol: "" },
    "snmpv3_authProtocol is missing: expected MD5, SHA",
  ],
  [
    "an unknown privProtocol",
    { ...V3, snmpv3_privProtocol: "3DES" },
    'snmpv3_privProtocol is "3DES"',
  ],
  [
    "DES",
    { ...V3, snmpv3_privProtocol: "DES" },
    "snmpv3_privProtocol is DES, which is broken and no longer supported: choose AES on the device",
  ],
  [
    "a short key",
    { ...V3, snmpv3_privKey: "short" },
    "snmpv3_privKey has 5 characters: expected at least 8",
  ],
];

for (const [what, details, message] of WRONG) {
  Deno.test(`parseCredential refuses ${what} without revealing a secret`, () => {
    const expected = `Cannot use the credential "core" as its ${message}`;
    const error = assertThrows(() => parse(details), TypeError, expected);
    assert(!/secret|short/.test((error as Error).message));
  });
}

Deno.test("parseRequestOptions accepts numbers and texts, and nothing", () => {
  assertEquals(parseRequestOptions({ timeout: 0.5, retries: "0", max_repetitions: "10" }, "core"), {
    timeoutS: 0.5,
    retries: 0,
    maxRepetitions: 10,
  });
  for (const details of [null, {}, { timeout: "", retries: null }]) {
    assertEquals(parseRequestOptions(details, "core"), {
      timeoutS: undefined,
      retries: undefined,
      maxRepetitions: undefined,
    });
  }
});

const WRONG_OPTIONS: readonly [Record<string, unknown>, string][] = [
  [{ timeout: "2s" }, 'timeout is "2s": expected a number from 0.1 to 60'],
  [{ timeout: 0 }, "timeout is 0: expected a number from 0.1 to 60"],
  [{ timeout: " " }, 'timeout is " ": expected'],
  [{ timeout: true }, "timeout is true: expected"],
  [{ retries: " " }, 'retries is " ": expected'],
  [{ retries: -1 }, "retries is -1: expected a whole number from 0 to 10"],
  [{ retries: 1.5 }, "retries is 1.5: expected a whole number"],
  [{ max_repetitions: "0" }, 'max_repetitions is "0": expected a whole number from 1 to 100'],
];

for (const [details, message] of WRONG_OPTIONS) {
  Deno.test(`parseRequestOptions refuses ${JSON.stringify(details)}`, () => {
    const expected = `Cannot use the credential "core" as its ${message}`;
    assertThrows(() => parseRequestOptions(details, "core"), TypeError, expected);
  });
}
