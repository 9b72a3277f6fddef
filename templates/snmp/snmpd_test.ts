/** The bot's parts against a real agent (Debian package `snmpd`). */

import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import type { SocketType } from "node:dgram";
import { type Credential, parseCredential } from "./credential.ts";
import { type FetchContext, fetchGets, fetchWalk } from "./poll.ts";
import { createGuardedSocket } from "./socket.ts";
import { harvest } from "./harvest.ts";
import { Session } from "./session.ts";
import { SnmpError } from "./snmp_error.ts";
import { hasSnmpd, KNOWN, Snmpd } from "./testing_snmpd.ts";
import { type Fate, startRelay } from "./testing_relay.ts";

const SYS_NAME = "1.3.6.1.2.1.1.5.0";
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";
const SYS_OR_TABLE = "1.3.6.1.2.1.1.9";
const IF_DESCR = "1.3.6.1.2.1.2.2.1.2";
const MISSING = "1.3.6.1.2.1.1.99.0";

const V2C = parseCredential({ version: "snmpv2c", snmpv12_community: KNOWN.community });
const V1 = parseCredential({ version: "snmpv1", snmpv12_community: KNOWN.community });

function v3(level: string, auth = "SHA", changes: Record<string, string> = {}): Credential {
  return parseCredential({
    version: "snmpv3",
    snmpv3_securityName: level === "noAuthNoPriv" ? "nobody" : `user${auth}`,
    snmpv3_securityLevel: level,
    snmpv3_authProtocol: auth,
    snmpv3_authKey: KNOWN.authKey,
    snmpv3_privProtocol: "AES",
    snmpv3_privKey: KNOWN.privKey,
    ...changes,
  });
}

const ignore = !await hasSnmpd();

interface Kit extends FetchContext {
  readonly session: Session;
}

/** Runs a test against an agent. */
async function withAgent(
  credential: Credential,
  work: (kit: Kit) => Promise<void>,
  fate?: Fate,
): Promise<void> {
  await using agent = await Snmpd.start(["sysName the device"]);
  await using relay = fate && await startRelay(agent.port, fate);
  using session = new Session({
    address: { host: "127.0.0.1", port: relay?.port ?? agent.port },
    credential,
    name: "device",
    timeoutMs: 300,
    retries: 1,
  });
  await work({ session, signal: new AbortController().signal, now: () => 1 });
}

async function gets(oids: readonly string[], context: FetchContext) {
  const values = new Map<string, unknown>();
  for await (const [oid, value] of fetchGets(oids, context)) {
    values.set(oid, value instanceof SnmpError ? value : value.reading?.value);
  }
  return values;
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
    name: `Session reads and walks a real snmpd by ${name}`,
    ignore,
    fn: () =>
      withAgent(credential, async (kit) => {
        const values = await gets([SYS_NAME, MISSING, SYS_UP_TIME], kit);
        assertEquals(values.get(SYS_NAME), "the device");
        assertEquals(values.get(MISSING), undefined);
        assertEquals(typeof values.get(SYS_UP_TIME), "number");
        const names = await fetchWalk(IF_DESCR, kit);
        assertEquals(names.get("1")?.reading, { type: "text", value: "lo" });
        assertGreater((await fetchWalk(SYS_OR_TABLE, kit)).size, 10);
        assertEquals((await fetchWalk(MISSING, kit)).size, 0);
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
    name: `Session says what is wrong with ${what}, and tells no secret`,
    ignore,
    fn: () =>
      withAgent(credential, async (kit) => {
        const error = await assertRejects(() => gets([SYS_NAME], kit), SnmpError, message);
        assert(error instanceof SnmpError);
        assertEquals(error.trouble, "refused");
        assert(!/secret|authentication key|privacy key/.test(Deno.inspect(error)));
      }),
  });
}

const UNANSWERED: readonly [string, Credential][] = [
  ["community", parseCredential({ version: "snmpv2c", snmpv12_community: "secret" })],
  ["privKey", v3("authPriv", "SHA", { snmpv3_privKey: "secret wrong key" })],
];

for (const [what, credential] of UNANSWERED) {
  Deno.test({
    name: `Session gets no answer for a wrong ${what}, and says what to check`,
    ignore,
    fn: () =>
      withAgent(credential, async (kit) => {
        const error = await assertRejects(() => gets([SYS_NAME], kit), SnmpError, "did not answer");
        assert(error instanceof SnmpError);
        assertEquals(error.trouble, "silence");
        assert(error.message.includes("devices do not answer a wrong one"));
        assert(!Deno.inspect(error).includes("secret"));
      }),
  });
}

Deno.test({
  name: "harvest keeps what was read when the device stops answering in mid-walk",
  ignore,
  fn: () =>
    withAgent(V1, async (kit) => {
      const name = { oid: SYS_NAME, walk: false };
      const table = { oid: SYS_OR_TABLE, walk: true };
      const start = performance.now();
      const { of, failure } = await harvest([table, name, { oid: IF_DESCR, walk: true }], kit);
      assert(failure instanceof SnmpError);
      assertEquals(failure.trouble, "silence");
      const read = of(name);
      assert(read !== undefined && "reading" in read);
      assertEquals(read.reading, { type: "text", value: "the device" });
      assertEquals(of(table), undefined);
      // The two tries for one packet, and none for the walk that comes after.
      assert(performance.now() - start < 5000);
    }, (n, answer) => n <= 4 ? answer : undefined),
});

Deno.test({
  name: "Session asks again when a packet is lost",
  ignore,
  fn: () =>
    withAgent(V2C, async (kit) => {
      assertEquals((await gets([SYS_NAME], kit)).get(SYS_NAME), "the device");
    }, (n, answer) => n === 1 ? undefined : answer),
});

Deno.test({
  name: "Session lives on when it is sent something that is not SNMP",
  ignore,
  fn: () =>
    withAgent(V2C, async (kit) => {
      const error = await assertRejects(() => gets([SYS_NAME], kit), SnmpError);
      assert((error as Error).message.includes("something that is not SNMP"));
      assertEquals((await gets([SYS_NAME], kit)).get(SYS_NAME), "the device");
    }, (n, answer) => n <= 2 ? Buffer.from("<html>") : answer),
});

Deno.test({
  name: "Session lives on whatever becomes of a packet",
  ignore,
  fn: () =>
    withAgent(v3("authPriv"), async (kit) => {
      // Every second answer, the discovery of the engine included, has one byte less or one bit turned.
      let read = 0;
      for (let i = 0; i < 30; i++) {
        try {
          if ((await gets([SYS_NAME], kit)).get(SYS_NAME) === "the device") read++;
        } catch (error) {
          if (!(error instanceof SnmpError)) throw error;
        }
      }
      assertGreater(read, 0);
    }, (n, answer) => {
      if (n % 2 === 0) return answer;
      const spoiled = Buffer.from(answer);
      const at = (n * 7919) % spoiled.length;
      if (n % 4 === 1) return spoiled.subarray(0, at);
      spoiled.writeUInt8(spoiled.readUInt8(at) ^ (1 << (n % 8)), at);
      return spoiled;
    }),
});

Deno.test({
  name: "Session finds a device again that has started anew",
  ignore,
  async fn() {
    const first = await Snmpd.start();
    const settings = {
      address: { host: "127.0.0.1", port: first.port },
      credential: v3("authPriv"),
      name: "device",
      timeoutMs: 300,
      retries: 1,
    };
    using session = new Session(settings);
    const kit = { session, signal: new AbortController().signal, now: () => 1 };
    await gets([SYS_NAME], kit);
    await first[Symbol.asyncDispose]();
    await assertRejects(() => gets([SYS_NAME], kit), SnmpError, "did not answer");
    // Another engine: new boots, new time, new id. The bot opens a new session after any failure.
    await using _second = await Snmpd.start([], first.port);
    using fresh = new Session(settings);
    assertEquals((await gets([SYS_UP_TIME], { ...kit, session: fresh })).size, 1);
  },
});

Deno.test({
  name: "Session ends with the signal, and when it is closed",
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
    const kit = { session, signal: controller.signal, now: () => 1 };
    const aborted = gets([SYS_NAME], kit);
    controller.abort(new DOMException("enough", "TimeoutError"));
    await assertRejects(() => aborted, DOMException, "enough");
    await assertRejects(() => gets([SYS_NAME], kit), DOMException, "enough");
    const closed = gets([SYS_NAME], { ...kit, signal: new AbortController().signal });
    session[Symbol.dispose]();
    await assertRejects(() => closed, SnmpError);
    agent.resume();
  },
});

Deno.test("Session says what is wrong with the address that it should send from", async () => {
  const createSocket = (type: SocketType) => {
    const socket = createGuardedSocket(type);
    const bind = () => queueMicrotask(() => socket.emit("error", new Error("EADDRNOTAVAIL")));
    return Object.assign(socket, { bind });
  };
  using session = new Session({
    address: { host: "127.0.0.1", port: 9 },
    credential: V2C,
    name: "device",
    timeoutMs: 60_000,
    retries: 0,
    sourceAddress: "192.0.2.1",
  }, createSocket as typeof createGuardedSocket);
  const kit = { session, signal: new AbortController().signal, now: () => 1 };
  for (let i = 0; i < 2; i++) {
    const error = await assertRejects(() => gets([SYS_NAME], kit), SnmpError, "EADDRNOTAVAIL");
    assert(error instanceof SnmpError);
    assertEquals(error.trouble, "unreachable");
  }
});
