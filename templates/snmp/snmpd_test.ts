// The parts of the bot against a real agent.

import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { contentOf, readInteger, readItem, readItems } from "./client/ber.ts";
import { type Credential, parseCredential } from "./client/credential.ts";
import { poll, type PollContext, type Samples } from "./client/poll.ts";
import { Session } from "./client/session.ts";
import { SnmpError } from "./client/snmp_error.ts";
import { type Forward, startRelay } from "./testing/relay.ts";
import { hasSnmpd, SECRETS, Snmpd } from "./testing/snmpd.ts";

const SYS_NAME = "1.3.6.1.2.1.1.5.0";
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";
const SYS_OR_TABLE = "1.3.6.1.2.1.1.9";
const IF_DESCR = "1.3.6.1.2.1.2.2.1.2";
const MISSING = "1.3.6.1.2.1.1.99.0";

const V2C = parseCredential({ version: "snmpv2c", snmpv12_community: SECRETS.community }, "test");
const V1 = parseCredential({ version: "snmpv1", snmpv12_community: SECRETS.community }, "test");

function v3(level: string, auth = "SHA", changes: Record<string, string> = {}): Credential {
  return parseCredential({
    version: "snmpv3",
    snmpv3_securityName: level === "noAuthNoPriv" ? "nobody" : `user${auth}`,
    snmpv3_securityLevel: level,
    snmpv3_authProtocol: auth,
    snmpv3_authKey: SECRETS.authKey,
    snmpv3_privProtocol: "AES",
    snmpv3_privKey: SECRETS.privKey,
    ...changes,
  }, "test");
}

const ignore = !await hasSnmpd();

interface TestContext extends PollContext {
  readonly session: Session;
}

/** Runs a test against an agent, through a relay if `forward` is given. Tests that wait for timeouts pass a short one. */
async function withAgent(
  credential: Credential,
  work: (context: TestContext) => Promise<void>,
  forward?: Forward,
  timeoutMs = 5000,
): Promise<void> {
  await using agent = await Snmpd.start(["sysName the device"]);
  await using relay = forward && await startRelay(agent.port, forward);
  using session = new Session({
    address: { host: "127.0.0.1", port: relay?.port ?? agent.port },
    credential,
    name: "device",
    timeoutMs,
    retries: 1,
  });
  await work({ session, signal: new AbortController().signal, now: () => 1 });
}

async function gets(oids: readonly string[], context: PollContext) {
  const { get, error } = await poll(oids.map((oid) => ({ oid, walk: false })), context);
  if (error !== undefined) throw error;
  return new Map<string, unknown>(oids.map((oid) => {
    const sample = get({ oid, walk: false });
    return [oid, sample && "at" in sample ? sample.value?.value : sample];
  }));
}

async function walk(oid: string, context: PollContext) {
  const { get } = await poll([{ oid, walk: true }], context);
  const samples = get({ oid, walk: true });
  assert(samples instanceof Map);
  return samples as Extract<Samples, ReadonlyMap<string, unknown>>;
}

const CREDENTIALS: readonly [string, Credential][] = [
  ["SNMPv1", V1],
  ["SNMPv2c", V2C],
  ["SNMPv3 noAuthNoPriv", v3("noAuthNoPriv")],
  ...["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"].flatMap((auth) => [
    [`SNMPv3 authNoPriv with ${auth}`, v3("authNoPriv", auth)] as [string, Credential],
    [`SNMPv3 authPriv with ${auth} and AES`, v3("authPriv", auth)] as [string, Credential],
  ]),
];

for (const [name, credential] of CREDENTIALS) {
  Deno.test({
    name: `Session polls a real snmpd by ${name} (needs snmpd)`,
    ignore,
    fn: () =>
      withAgent(credential, async (context) => {
        const values = await gets([SYS_NAME, MISSING, SYS_UP_TIME], context);
        assertEquals(values.get(SYS_NAME), "the device");
        assertEquals(values.get(MISSING), undefined);
        assertEquals(typeof values.get(SYS_UP_TIME), "number");
        const names = await walk(IF_DESCR, context);
        assertEquals(names.get("1")?.value, { type: "text", value: "lo" });
        assertGreater((await walk(SYS_OR_TABLE, context)).size, 10);
        assertEquals((await walk(MISSING, context)).size, 0);
      }),
  });
}

const REFUSED: readonly [string, Credential, string][] = [
  [
    "an unknown user",
    v3("authPriv", "SHA", { snmpv3_securityName: "stranger" }),
    "Unknown User Name",
  ],
  [
    "a wrong authKey",
    v3("authNoPriv", "SHA", { snmpv3_authKey: "secret wrong key" }),
    "Wrong Digest",
  ],
  ["a wrong authProtocol", v3("authNoPriv", "SHA", { snmpv3_authProtocol: "MD5" }), "Wrong Digest"],
  [
    "a level that the user does not have",
    v3("authNoPriv", "SHA", { snmpv3_securityName: "nobody" }),
    "Security Level",
  ],
];

for (const [what, credential, message] of REFUSED) {
  Deno.test({
    name: `Session reports ${what} without revealing a secret (needs snmpd)`,
    ignore,
    fn: () =>
      withAgent(credential, async (context) => {
        const error = await assertRejects(() => gets([SYS_NAME], context), SnmpError, message);
        assert(error instanceof SnmpError);
        assertEquals(error.kind, "refused");
        assert(!/secret|authentication key|privacy key/.test(Deno.inspect(error)));
      }),
  });
}

const UNANSWERED: readonly [string, Credential][] = [
  ["community", parseCredential({ version: "snmpv2c", snmpv12_community: "secret" }, "test")],
  ["privKey", v3("authPriv", "SHA", { snmpv3_privKey: "secret wrong key" })],
];

for (const [what, credential] of UNANSWERED) {
  Deno.test({
    name: `Session times out on a wrong ${what}, and says what to check (needs snmpd)`,
    ignore,
    fn: () =>
      withAgent(
        credential,
        async (context) => {
          const error = await assertRejects(
            () => gets([SYS_NAME], context),
            SnmpError,
            "did not answer",
          );
          assert(error instanceof SnmpError);
          assertEquals(error.kind, "timeout");
          assert(error.message.includes("do not answer a wrong one"));
          assert(!Deno.inspect(error).includes("secret"));
        },
        undefined,
        300,
      ),
  });
}

Deno.test({
  name: "Session reports an agent that is configured for SNMPv1 only (needs snmpd)",
  ignore,
  async fn() {
    await using agent = await Snmpd.start([
      "com2sec old default old",
      "group old v1 old",
      "view all included .1",
      'access old "" any noauth exact all none none',
    ]);
    const pollBy = async (version: 1 | 2) => {
      using session = new Session({
        address: { host: "127.0.0.1", port: agent.port },
        credential: { version, community: "old" },
        name: "device",
        timeoutMs: 500,
        retries: 1,
      });
      return await gets([SYS_UP_TIME], {
        session,
        signal: new AbortController().signal,
        now: () => 1,
      });
    };
    await assertRejects(
      () => pollBy(2),
      SnmpError,
      "answers SNMPv1 only: choose snmpv1 in the credential",
    );
    assertEquals((await pollBy(1)).size, 1);
  },
});

Deno.test({
  name: "Session survives a packet that is not SNMP (needs snmpd)",
  ignore,
  fn: () =>
    withAgent(V2C, async (context) => {
      const error = await assertRejects(() =>
        gets([SYS_NAME], context), SnmpError);
      assert((error as Error).message.includes("something that is not SNMP"));
      assertEquals((await gets([SYS_NAME], context)).get(SYS_NAME), "the device");
    }, (n, response) =>
      n <= 7 ? Buffer.from("<html>") : response, 1000),
});

Deno.test({
  name: "Session survives damaged packets (needs snmpd)",
  ignore,
  fn: () =>
    withAgent(v3("authPriv"), async (context) => {
      // Every third response, including engine discovery, is truncated or has one bit flipped.
      let read = 0;
      for (let i = 0; i < 30; i++) {
        try {
          if ((await gets([SYS_NAME], context)).get(SYS_NAME) === "the device") read++;
        } catch (error) {
          if (!(error instanceof SnmpError)) throw error;
        }
      }
      assertGreater(read, 0);
    }, (n, response) => {
      if (n % 3 > 0) return response;
      const damaged = Buffer.from(response);
      const at = (n * 7919) % damaged.length;
      if (n % 2 === 1) return damaged.subarray(0, at);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (n % 8)), at);
      return damaged;
    }, 300),
});

for (const level of ["noAuthNoPriv", "authNoPriv", "authPriv"]) {
  Deno.test({
    name: `poll reports a value that cannot be decoded, by SNMPv3 ${level} (needs snmpd)`,
    ignore,
    fn: () =>
      withAgent(v3(level), async (context) => {
        const values = await gets([SYS_NAME, SYS_UP_TIME, MISSING], context);
        assertEquals(values.get(SYS_NAME), "the device");
        assertEquals(values.get(MISSING), undefined);
        const error = values.get(SYS_UP_TIME);
        assert(error instanceof SnmpError);
        assertEquals(error.kind, "undecodable");
        assert(error.message.includes(`a value of ${SYS_UP_TIME} that cannot be decoded`));
      }, (_n, response) => damageUpTime(response)),
  });
}

Deno.test({
  name:
    "Session refuses a response with a wrong signature, also one that cannot be decoded (needs snmpd)",
  ignore,
  fn: () =>
    withAgent(v3("authNoPriv"), async (context) => {
      const error = await assertRejects(() =>
        gets([SYS_UP_TIME], context), SnmpError);
      assertEquals((error as SnmpError).kind, "refused");
    }, (_n, response) =>
      damageUpTime(response, "wrong key"), 300),
});

/** Gives sysUpTime in a response of SNMPv3 an unknown type. */
function damageUpTime(response: Buffer, authKey: string = SECRETS.authKey): Buffer {
  const [_version, _header, parameters, data] = readItems(response, readItem(response, 0)!);
  const fields = [...readItems(response, readItem(response, parameters!.start)!)];
  const [engineID, engineBoots, engineTime, _name, digest, salt] = fields.map((field) =>
    contentOf(response, field)
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const engine = {
    engineID,
    engineBoots: readInteger(engineBoots),
    engineTime: readInteger(engineTime),
  };
  const { aes } = snmp.PrivProtocols;
  const { sha } = snmp.AuthProtocols;
  const { encryptPdu, decryptPdu } = snmp.Encryption.algorithms[aes] as unknown as {
    decryptPdu(...args: unknown[]): Buffer;
    encryptPdu(...args: unknown[]): { encryptedPdu: Buffer; msgPrivacyParameters: Buffer };
  };
  const content = contentOf(response, data!);
  const pdu = salt.length > 0
    ? decryptPdu(content, aes, salt, SECRETS.privKey, sha, engine)
    : content;
  const oid = Buffer.from([0x2b, 6, 1, 2, 1, 1, 3, 0]);
  const at = pdu.indexOf(oid);
  if (at < 0) return response;
  pdu[at + oid.length] = 0x47;
  if (salt.length > 0) {
    const encrypted = encryptPdu(pdu, aes, SECRETS.privKey, sha, engine);
    content.set(encrypted.encryptedPdu);
    salt.set(encrypted.msgPrivacyParameters);
  }
  if (digest.length > 0) {
    snmp.Authentication.writeParameters(response, sha, authKey, engineID, digest.fill(0));
  }
  return response;
}

Deno.test({
  name: "Session polls a device again after its restart (needs snmpd)",
  ignore,
  async fn() {
    const first = await Snmpd.start();
    const settings = {
      address: { host: "127.0.0.1", port: first.port },
      credential: v3("authPriv"),
      name: "device",
      timeoutMs: 1000,
      retries: 1,
    };
    using session = new Session(settings);
    const context = { session, signal: new AbortController().signal, now: () => 1 };
    await gets([SYS_NAME], context);
    await first[Symbol.asyncDispose]();
    await assertRejects(() => gets([SYS_NAME], context), SnmpError, "did not answer");
    // A new SNMPv3 engine: id, boots and time.
    await using _second = await Snmpd.start([], first.port);
    assertEquals((await gets([SYS_UP_TIME], context)).size, 1);
  },
});

Deno.test({
  name: "Session polls a device as soon as it accepts the user (needs snmpd)",
  ignore,
  async fn() {
    const withKey = (key: string) => [`createUser new SHA "${key}"`, "rouser new auth"];
    const first = await Snmpd.start(withKey("another key"));
    using session = new Session({
      address: { host: "127.0.0.1", port: first.port },
      credential: v3("authNoPriv", "SHA", { snmpv3_securityName: "new" }),
      name: "device",
      timeoutMs: 5000,
      retries: 1,
    });
    const context = { session, signal: new AbortController().signal, now: () => 1 };
    for (let run = 0; run < 3; run++) {
      await assertRejects(() => gets([SYS_NAME], context), SnmpError, "Wrong Digest");
    }
    await first[Symbol.asyncDispose]();
    await using _second = await Snmpd.start(withKey(SECRETS.authKey), first.port);
    assertEquals((await gets([SYS_NAME], context)).size, 1);
  },
});

Deno.test({
  name: "Session ends its requests when the signal aborts and when it is closed (needs snmpd)",
  ignore,
  async fn() {
    await using agent = await Snmpd.start();
    agent.pause();
    const session = new Session({
      address: { host: "127.0.0.1", port: agent.port },
      credential: V2C,
      name: "device",
      timeoutMs: 60_000,
      retries: 0,
    });
    const controller = new AbortController();
    const context = { session, signal: controller.signal, now: () => 1 };
    const aborted = gets([SYS_NAME], context);
    controller.abort(new DOMException("stopped", "TimeoutError"));
    await assertRejects(() => aborted, DOMException, "stopped");
    await assertRejects(() => gets([SYS_NAME], context), DOMException, "stopped");
    const closed = gets([SYS_NAME], { ...context, signal: new AbortController().signal });
    session[Symbol.dispose]();
    await assertRejects(() => closed, SnmpError);
    agent.resume();
  },
});
