import { assert, assertEquals, assertGreater, assertMatch, assertRejects } from "@std/assert";
import {
  type AgentResponse,
  type AgentValue,
  gauge,
  item,
  TestAgent,
  text,
  ticks,
} from "../testing/agent.ts";
import type { Credential } from "./credential.ts";
import { poll } from "./poll.ts";
import { Session } from "./session.ts";
import { SnmpError } from "./snmp_error.ts";

const UP_TIME = "1.3.6.1.2.1.1.3.0";
const NAME = "1.3.6.1.2.1.1.5.0";
const TABLE = "1.3.6.1.2.1.2.2.1.2";

const VALUES: Readonly<Record<string, AgentValue>> = {
  [UP_TIME]: ticks(7),
  [NAME]: text("router"),
  [`${TABLE}.1`]: text("eth1"),
  [`${TABLE}.2`]: text("eth2"),
};

const V2C: Credential = { version: 2, community: "secret" };
const { signal } = new AbortController();

/**
 * Opens a session with an agent. Most tests wait for its timeout, so it is short, but a quarter of it, in which an agent
 * must answer on any machine, is not too short.
 */
function open(agent: TestAgent, credential = V2C, retries = 2, timeoutMs = 1000): Session {
  return new Session({
    name: "device",
    address: { host: "127.0.0.1", port: agent.port },
    credential,
    timeoutMs,
    retries,
  });
}

async function get(
  session: Session,
  oids: readonly string[],
  signal: AbortSignal,
  isShort?: boolean,
) {
  await session.contact(signal);
  return await session.request({ get: oids }, signal, isShort);
}

async function errorOf(request: Promise<unknown>): Promise<SnmpError> {
  const error = await assertRejects(() => request, SnmpError);
  return error as SnmpError;
}

Deno.test("Session does not take a device that never answers sysUpTime for a dead one", async () => {
  await using agent = await TestAgent.start({ ...VALUES, [UP_TIME]: "silent" });
  using session = open(agent);
  for (let run = 0; run < 2; run++) {
    const { get, error } = await poll(
      [UP_TIME, NAME].map((oid) => ({ oid, walk: false })),
      { session, signal, now: () => run },
    );
    assertEquals(error, undefined);
    assertMatch((get({ oid: UP_TIME, walk: false }) as SnmpError).message, /does not answer/);
    assert("value" in (get({ oid: NAME, walk: false }) ?? {}));
  }
});

Deno.test("Session tells a device that does not answer an OID from one that does not answer", async () => {
  let isDead = false;
  await using agent = await TestAgent.start(
    VALUES,
    ({ oids }, usual) => isDead || oids.includes(NAME) ? undefined : usual,
  );
  using session = open(agent);
  const silent = await errorOf(get(session, [TABLE, NAME], signal));
  assertEquals([silent.kind, silent.message], [
    "silent",
    `the device does not answer ${TABLE}, ${NAME}`,
  ]);
  isDead = true;
  const dead = await errorOf(get(session, [UP_TIME], signal));
  assertEquals(dead.kind, "timeout");
  assert(dead.message.startsWith('"device" at 127.0.0.1'), dead.message);
  assert(!dead.message.includes("secret"));
});

Deno.test("Session gives a device that did not answer the last time two short tries", async () => {
  let isDead = true;
  await using agent = await TestAgent.start(
    VALUES,
    (_request, usual) => isDead ? undefined : usual,
  );
  using session = open(agent, { version: 1, community: "public" });
  const requestsOf = async (): Promise<number> => {
    const before = agent.requests.length;
    assertEquals((await errorOf(get(session, [NAME], signal))).kind, "timeout");
    return agent.requests.length - before;
  };
  // Each fifth attempt is a usual one, and a second question: the device may have become slow.
  const requests: number[] = [];
  for (let i = 0; i < 7; i++) requests.push(await requestsOf());
  assertEquals(requests, [3 + 2, 2, 2, 2, 2, 3 + 2, 2]);
  isDead = false;
  assertEquals((await get(session, [NAME], signal)).length, 1);
  isDead = true;
  // The request, and the question whether it still answers.
  assertEquals(await requestsOf(), 3 + 2);
});

Deno.test("Session waits only briefly for what the device may never answer", async () => {
  await using agent = await TestAgent.start({ ...VALUES, [NAME]: "silent" });
  using session = open(agent, V2C, 9);
  await get(session, [UP_TIME], signal);
  assertEquals((await errorOf(get(session, [NAME], signal, true))).kind, "silent");
  assertEquals(agent.asked(NAME), 2);
});

Deno.test("Session waits as long as the device has taken to answer, until it answers faster", async () => {
  let delayMs = 600;
  await using agent = await TestAgent.start(VALUES, async (_request, usual) => {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return usual;
  });
  using session = open(agent);
  await get(session, [UP_TIME], signal);
  delayMs = 560; // more than the usual two short tries of 250 ms
  assertEquals((await get(session, [NAME], signal, true)).length, 1);
  delayMs = 0;
  await get(session, [UP_TIME], signal);
  delayMs = 2500;
  assertEquals((await errorOf(get(session, [NAME], signal, true))).kind, "timeout");
});

Deno.test("Session sends a request as often as its settings say before it doubts the device", async () => {
  let lost = 0;
  await using agent = await TestAgent.start(
    VALUES,
    (_request, usual) => lost-- > 0 ? undefined : usual,
  );
  using session = open(agent);
  await get(session, [UP_TIME], signal);
  lost = 2;
  assertEquals((await get(session, [NAME], signal)).length, 1);
  assertEquals(agent.asked(NAME), 3);
});

Deno.test("Session waits for all its tries for a device that is slower than the timeout", async () => {
  await using agent = await TestAgent.start(VALUES, async (_request, usual) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return usual;
  });
  using session = open(agent);
  for (let run = 0; run < 2; run++) assertEquals((await get(session, [NAME], signal)).length, 1);
});

const ONLY_V1 =
  '"device" at 127.0.0.1 (UDP port PORT) answers SNMPv1 only: choose snmpv1 in the credential';

for (
  const [how, answer] of [
    ["is silent", () => undefined],
    ["answers by SNMPv1", (usual) => ({ ...usual, version: 0 })],
    ["answers with an error", ({ rows }) => ({ rows, status: 5 })],
  ] as const satisfies readonly [string, (usual: AgentResponse) => AgentResponse | undefined][]
) {
  Deno.test(`Session reports a device that only knows SNMPv1 and ${how} when asked by SNMPv2c`, async () => {
    let knowsV2 = false;
    await using agent = await TestAgent.start(
      VALUES,
      ({ version }, usual) => version === 0 || knowsV2 ? usual : answer(usual),
    );
    using session = open(agent);
    for (let run = 0; run < 3; run++) {
      const { kind, message } = await errorOf(get(session, [NAME], signal));
      assertEquals([kind, message], ["refused", ONLY_V1.replace("PORT", `${agent.port}`)]);
    }
    knowsV2 = true;
    assertEquals((await get(session, [NAME], signal)).length, 1);
  });
}

Deno.test("Session does not take a device that gave values by SNMPv2c for one that only knows SNMPv1", async () => {
  let isLost = false;
  await using agent = await TestAgent.start(
    VALUES,
    ({ version, oids }, usual) =>
      version === 1 && isLost ? undefined : oids.includes(NAME) ? { ...usual, status: 5 } : usual,
  );
  using session = open(agent);
  assertEquals((await errorOf(get(session, [NAME], signal))).kind, "other");
  isLost = true;
  assertEquals((await errorOf(get(session, [UP_TIME], signal))).kind, "timeout");
});

Deno.test("Session takes a device that only refuses the question whether it answers for one that answers", async () => {
  await using agent = await TestAgent.start(VALUES, ({ version, kind, oids }, usual) => {
    if (kind !== "get" || !oids.includes(UP_TIME)) return usual;
    return { rows: usual.rows, status: version === 0 ? 2 : 5 };
  });
  using session = open(agent);
  assertEquals((await get(session, [NAME], signal)).length, 1);
});

Deno.test("Session does not reveal the community when a device answers with another one", async () => {
  await using agent = await TestAgent.start(
    VALUES,
    ({ oids }, usual) => oids.includes(NAME) ? { ...usual, community: "other secret" } : usual,
  );
  using session = open(agent);
  const { kind, message } = await errorOf(get(session, [NAME], signal));
  assertEquals(kind, "other");
  assert(message.endsWith("sent an invalid response: it has another community"), message);
  assert(!message.includes("secret"), message);
});

Deno.test("poll requests rows by GETBULK, and by GETNEXT with SNMPv1", async () => {
  await using agent = await TestAgent.start(VALUES);
  for (const [version, expected] of [[2, "bulk bulk"], [1, "next next next"]] as const) {
    using session = open(agent, { version, community: "public" });
    agent.requests.length = 0;
    await poll([{ oid: TABLE, walk: true }], { session, signal, now: () => 1 });
    const kinds = agent.requests.map(({ kind }) => kind).filter((kind) => kind !== "get");
    assertEquals(kinds.join(" "), expected);
  }
});

Deno.test("poll reads all else from a device with an OID that it does not answer and one that cannot be decoded", async () => {
  const oids = Array.from({ length: 40 }, (_, i) => `1.3.6.1.4.1.1.${i + 1}.0`);
  await using agent = await TestAgent.start({
    ...VALUES,
    ...Object.fromEntries(oids.map((oid, i) => [oid, gauge(i)])),
    "1.3.6.1.4.1.1.8.0": "silent",
    "1.3.6.1.4.1.1.31.0": item(0x42),
  });
  using session = open(agent, V2C, 1);
  const wanted = [
    ...oids.map((oid) => ({ oid, walk: false })),
    { oid: TABLE, walk: true },
  ];
  for (let run = 0; run < 2; run++) {
    const { get: samplesOf, error, responseTimeS } = await poll(wanted, {
      session,
      signal,
      now: () => 1,
    });
    assertEquals(error, undefined);
    const errors = wanted.flatMap((each) => {
      const samples = samplesOf(each);
      return samples instanceof SnmpError ? [samples.message] : [];
    });
    assertEquals(errors, [
      "the device does not answer 1.3.6.1.4.1.1.8.0",
      "the device sent a value of 1.3.6.1.4.1.1.31.0 that cannot be decoded (no bytes)",
    ]);
    assertGreater(responseTimeS ?? 0, 0);
  }
});

for (
  const [what, sourceAddress, message] of [
    // Depends on what this test may use.
    ["that it cannot use", "192.0.2.1", /EADDRNOTAVAIL|Requires net access to "192.0.2.1:0"/],
    ["that --allow-net does not list", undefined, /Requires net access to "0.0.0.0:0"/],
  ] as const
) {
  Deno.test({
    name: `Session reports a source address ${what}`,
    permissions: sourceAddress === undefined ? { net: ["localhost"] } : "inherit",
    async fn() {
      using session = new Session({
        name: "device",
        address: { host: "127.0.0.1", port: 9 },
        credential: V2C,
        timeoutMs: 60_000,
        retries: 0,
        sourceAddress,
      });
      for (let i = 0; i < 2; i++) {
        const error = await errorOf(get(session, [NAME], signal));
        assertEquals(error.kind, "unreachable");
        assertMatch(error.message, message);
        assertEquals(error.message.includes("SNMP_SOURCE_ADDRESS"), sourceAddress !== undefined);
      }
    },
  });
}
