import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import type { SnmpRequest } from "./connection.ts";
import { poll, type Samples } from "./poll.ts";
import { PollMemory } from "./poll_memory.ts";
import { SnmpError } from "./snmp_error.ts";

type Row = readonly [oid: string, value: number];

/** A device with these rows; `misbehave` can respond in its place. */
function device(
  rows: readonly Row[],
  options: {
    hasBulk?: boolean;
    maxGets?: number;
    maxRows?: number;
    misbehave?: (request: string) => snmp.Varbind[] | undefined;
  } = {},
) {
  const { hasBulk = true, maxGets = Infinity, maxRows = Infinity, misbehave } = options;
  const requests: string[] = [];
  const integer = ([oid, value]: Row): snmp.Varbind => ({
    oid,
    type: snmp.ObjectType.Integer,
    value,
  });
  const noSuchName = (): never => {
    throw new SnmpError("no such name", "no such name");
  };
  const tooBig = (): never => {
    throw new SnmpError("other", "too big");
  };
  const context = {
    session: {
      memory: new PollMemory(hasBulk ? undefined : 1),
      maxSilenceMs: Infinity,
      async contact(): Promise<void> {},
      // deno-lint-ignore require-await -- like the real one
      async request(request: SnmpRequest): Promise<readonly snmp.Varbind[]> {
        const text = "get" in request
          ? `get ${request.get.join(" ")}`
          : `next ${request.after} ${request.count}`;
        requests.push(text);
        const response = misbehave?.(text);
        if (response) return response;
        if ("get" in request) {
          if (request.get.length > maxGets) tooBig();
          return request.get.map((oid) => {
            const row = rows.find(([known]) => known === oid);
            if (row !== undefined) return integer(row);
            return hasBulk ? { oid, type: snmp.ObjectType.NoSuchInstance } : noSuchName();
          });
        }
        const { after, count } = request;
        if (count > maxRows) tooBig();
        const start = rows.findIndex(([known]) => compare(known, after) > 0);
        if (start >= 0) return rows.slice(start, start + count).map(integer);
        return hasBulk ? [{ oid: after, type: snmp.ObjectType.EndOfMibView }] : noSuchName();
      },
    },
    signal: new AbortController().signal,
    now: () => 7,
  };
  return { context, requests, integer };
}

// Enough for OIDs whose numbers have equally many digits.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type TestContext = ReturnType<typeof device>["context"];

/** Polls OIDs by GET: the value of each, or the kind of its error. */
async function gets(oids: readonly string[], context: TestContext) {
  const { get, error } = await poll(oids.map((oid) => ({ oid, walk: false })), context);
  if (error !== undefined) throw error;
  return Object.fromEntries(oids.map((oid) => [oid, valueOf(get({ oid, walk: false }))]));
}

function valueOf(samples: Samples | SnmpError | undefined): unknown {
  if (samples instanceof SnmpError) return samples.kind;
  return samples && "at" in samples ? samples.value?.value : samples?.size;
}

/** Polls a table. */
async function table(root: string, context: TestContext) {
  const { get, error } = await poll([all(root)], context);
  if (error !== undefined) throw error;
  const samples = get(all(root));
  if (samples instanceof SnmpError) throw samples;
  assert(samples instanceof Map);
  return samples as Extract<Samples, ReadonlyMap<string, unknown>>;
}

async function walk(root: string, context: TestContext) {
  return [...await table(root, context)].map(([index, { value }]) => [index, value?.value]);
}

const ROWS: readonly Row[] = [["1.3.1.1", 11], ["1.3.1.2", 12], ["1.3.1.3", 13], ["1.3.2.1", 21]];
const MANY: readonly Row[] = Array.from({ length: 50 }, (_, i) => [`1.3.1.${100 + i}`, i]);

for (const hasBulk of [true, false]) {
  const version = hasBulk ? "SNMPv2c" : "SNMPv1";

  Deno.test(`poll reads everything below the OID, and nothing else, by ${version}`, async () => {
    const { context } = device(ROWS, { hasBulk });
    assertEquals(await walk("1.3.1", context), [["1", 11], ["2", 12], ["3", 13]]);
    assertEquals(await walk("1.3.2", context), [["1", 21]]);
    assertEquals(await walk("1.3", context), [["1.1", 11], ["1.2", 12], ["1.3", 13], ["2.1", 21]]);
    assertEquals(await walk("1.9", context), []);
  });

  Deno.test(`poll reads values, and undefined for a missing OID, by ${version}`, async () => {
    const { context } = device(ROWS, { hasBulk });
    assertEquals(await gets(["1.3.1.1", "1.9.1", "1.3.2.1", "1.9.2"], context), {
      "1.3.1.1": 11,
      "1.9.1": undefined,
      "1.3.2.1": 21,
      "1.9.2": undefined,
    });
  });
}

Deno.test("poll requests many rows at once", async () => {
  const { context, requests } = device(MANY);
  assertEquals((await walk("1.3.1", context)).length, 50);
  assertEquals(requests.length, 3);
});

Deno.test("poll gives up when even one row is too big", async () => {
  const { context } = device(MANY, { maxRows: 0 });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "too big");
});

Deno.test("poll gives up on a device that goes in circles", async () => {
  const { context, integer } = device(ROWS, {
    hasBulk: false,
    misbehave: (request) =>
      request.startsWith("next 1.3.1.3") ? [integer(["1.3.1.2", 12])] : undefined,
  });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "in circles after 3 rows");
});

Deno.test("poll gives up on a device that repeats its first response", async () => {
  const { context, requests, integer } = device([], { misbehave: () => [integer(["1.3.1.1", 1])] });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "goes in circles");
  assertEquals(requests.length, 2);
});

Deno.test("poll gives up on a device that makes up rows endlessly", async () => {
  let row = 0;
  const { context, integer } = device([], {
    misbehave: () => Array.from({ length: 1000 }, () => integer([`1.3.1.${++row}`, row])),
  });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "more than 100000 rows");
});

Deno.test("poll ends with an empty response", async () => {
  const { context } = device(ROWS, { misbehave: () => [] });
  assertEquals(await walk("1.3.1", context), []);
});

Deno.test("poll requests twenty OIDs at once, and fewer when the response would be too big", async () => {
  const oids = MANY.map(([oid]) => oid);
  const all = Object.fromEntries(MANY);
  const easy = device(MANY);
  assertEquals(await gets(oids, easy.context), all);
  assertEquals(easy.requests.length, 3);
  const narrow = device(MANY, { maxGets: 3 });
  assertEquals(await gets(oids, narrow.context), all);
  assertEquals(await gets(oids, device(MANY, { maxGets: 1 }).context), all);
});

Deno.test("poll reports the OID that a device fails on, and reads the others", async () => {
  const { context } = device(ROWS, {
    misbehave: (request) => {
      if (request.includes("1.3.1.2")) throw new SnmpError("other", "general error");
      return undefined;
    },
  });
  assertEquals(await gets(["1.3.1.1", "1.3.1.2", "1.3.1.3"], context), {
    "1.3.1.1": 11,
    "1.3.1.2": "other",
    "1.3.1.3": 13,
  });
});

Deno.test("poll ignores the value of another OID", async () => {
  const { context, integer } = device(ROWS, { misbehave: () => [integer(["1.3.9.9", 1])] });
  assertEquals(await gets(["1.3.1.1"], context), { "1.3.1.1": undefined });
});

const undecodable = (oid: string, ...bytes: number[]): snmp.Varbind => ({
  oid,
  type: snmp.ObjectType.Opaque,
  value: Buffer.from(bytes),
});

Deno.test("poll reports a value that cannot be decoded, and reads the others", async () => {
  const { context, integer } = device([], {
    misbehave: () => [undecodable("1.3.1.1"), integer(["1.3.1.2", 12]), undecodable("1.3.1.3", 7)],
  });
  const oids = ["1.3.1.1", "1.3.1.2", "1.3.1.3"];
  const { get: samplesOf } = await poll(oids.map(get), context);
  const messages = oids.map((oid) => {
    const sample = samplesOf(get(oid));
    return sample instanceof SnmpError ? sample.message : `${valueOf(sample)}`;
  });
  assertEquals(messages, [
    "the device sent a value of 1.3.1.1 that cannot be decoded (no bytes)",
    "12",
    "the device sent a value of 1.3.1.3 that cannot be decoded (the bytes 07)",
  ]);
});

Deno.test("poll requests less when the response cannot be decoded", async () => {
  const { context } = device(ROWS, {
    misbehave: (request) => {
      if (/^get .* |25$/.test(request)) throw new SnmpError("undecodable", "damaged");
      return undefined;
    },
  });
  assertEquals(await gets(["1.3.1.1", "1.3.1.2"], context), { "1.3.1.1": 11, "1.3.1.2": 12 });
  assertEquals((await walk("1.3.1", context)).length, 3);
});

Deno.test("poll reads on after a row that cannot be decoded, and marks it", async () => {
  const { context, integer } = device(ROWS, {
    misbehave: (request) =>
      request.includes(" 1.3.1 ")
        ? [integer(["1.3.1.1", 11]), undecodable("1.3.1.2", 7, 8)]
        : undefined,
  });
  const samples = await table("1.3.1", context);
  assertEquals([...samples.values()].map(({ value }) => value), [
    { type: "number", value: 11 },
    { type: "undecodable", value: "07:08" },
    { type: "number", value: 13 },
  ]);
});

const get = (oid: string) => ({ oid, walk: false });
const all = (oid: string) => ({ oid, walk: true });

Deno.test("poll reads an OID of several sensors once", async () => {
  const { context, requests } = device(ROWS);
  const wanted = [all("1.3.1"), get("1.3.2.1"), all("1.3.1"), get("1.3.1.1"), get("1.3.2.1")];
  const { get: samplesOf, error } = await poll(wanted, context);
  assertEquals(error, undefined);
  assertEquals(requests, ["get 1.3.2.1 1.3.1.1", "next 1.3.1 25"]);
  assert(wanted.every((item) => samplesOf(item) !== undefined));
  assertEquals(samplesOf(get("1.3.1")), undefined);
});

Deno.test("poll continues after a WALK that fails, and ends at a timeout", async () => {
  const { context, requests } = device(ROWS, {
    misbehave: (request) => {
      if (request.startsWith("next 1.3.1 ")) throw new SnmpError("other", "general error");
      if (request.startsWith("next 1.5 ")) throw new SnmpError("timeout", "did not answer");
      return undefined;
    },
  });
  const { get: samplesOf, error } = await poll(
    [all("1.3.1"), all("1.3.2"), all("1.5"), all("1.6")],
    context,
  );
  assert(samplesOf(all("1.3.1")) instanceof SnmpError);
  assert(samplesOf(all("1.3.2")) instanceof Map);
  assertEquals(samplesOf(all("1.5")), undefined);
  assertEquals(samplesOf(all("1.6")), undefined);
  assert(error instanceof SnmpError);
  assert(!requests.some((request) => request.startsWith("next 1.6")));
});

/** A response that never comes. */
function silent(): never {
  throw new SnmpError("silent", "the device does not answer");
}

const OIDS = MANY.slice(0, 25).map(([oid]) => oid);
const SILENT_OID = "1.3.1.105";
const answersAllBut = (oid: string) => (request: string) =>
  request.split(" ").includes(oid) ? silent() : undefined;

Deno.test("poll isolates an OID that the device never answers, and asks for it last from then on", async () => {
  const { context, requests } = device(MANY, { misbehave: answersAllBut(SILENT_OID) });
  const wanted = [...OIDS.map(get), all("1.3.1")];
  for (let run = 0; run < 3; run++) {
    requests.length = 0;
    const { get: samplesOf, error } = await poll(wanted, context);
    assertEquals(error, undefined);
    for (const oid of OIDS) {
      const expected = oid === SILENT_OID ? "silent" : Number(oid.slice(-3)) - 100;
      assertEquals(valueOf(samplesOf(get(oid))), expected);
    }
    assertEquals(valueOf(samplesOf(all("1.3.1"))), 50);
    // Two packets and three for the WALK; in the first run also one for each OID of the first packet.
    assertEquals(requests.length, run === 0 ? 25 : 6);
    assertEquals(requests.findIndex((request) => request.startsWith("next")), 2);
    if (run > 0) assertEquals(requests.at(-1), `get ${SILENT_OID}`);
  }
});

Deno.test("poll takes an OID among the others again when the device answers it", async () => {
  let isSilent = true;
  const { context, requests } = device(MANY, {
    misbehave: (request) => isSilent ? answersAllBut(SILENT_OID)(request) : undefined,
  });
  await gets(OIDS, context);
  isSilent = false;
  assertEquals((await gets(OIDS, context))[SILENT_OID], 5);
  requests.length = 0;
  await gets(OIDS, context);
  assertEquals(requests.length, 2);
});

Deno.test("poll sends smaller packets to a device that does not answer large ones, for ten minutes", async () => {
  const { context, requests } = device(MANY, {
    misbehave: (request) => request.split(" ").length > 1 + 6 ? silent() : undefined,
  });
  let time = 0;
  const sizes = async (): Promise<Set<number>> => {
    requests.length = 0;
    const values = await gets(OIDS, { ...context, now: () => time });
    assertEquals(Object.values(values), MANY.slice(0, 25).map(([, value]) => value));
    return new Set(requests.map((request) => request.split(" ").length - 1));
  };
  assertEquals(await sizes(), new Set([20, 1, 5]));
  assertEquals(await sizes(), new Set([1]));
  time += 600;
  assert((await sizes()).has(20));
});

Deno.test("poll requests fewer rows after a response without any", async () => {
  const { context } = device(ROWS, {
    misbehave: (request) => /^next .* (?:25|10)$/.test(request) ? [] : undefined,
  });
  assertEquals((await walk("1.3.1", context)).length, 3);
});

Deno.test("poll stops a WALK that takes longer than the run may, and asks for it last in the next", async () => {
  const { context, requests } = device(ROWS, { hasBulk: false });
  const wanted = [all("1.3.1"), all("1.3.2")];
  const { get: samplesOf } = await poll(wanted, { ...context, maxWalkS: -1 });
  const { message } = samplesOf(all("1.3.1")) as SnmpError;
  assert(message.includes("the whole WALK of 1.3.1 in time"), message);
  requests.length = 0;
  await poll([...wanted, all("1.3.3")], context);
  assert(requests[0]?.includes("1.3.3"), requests[0]);
});

Deno.test("poll does not send smaller packets because a packet was lost", async () => {
  let isLost = false;
  const { context, requests } = device(MANY, {
    misbehave: (request) => isLost && request.split(" ").length > 2 ? silent() : undefined,
  });
  await gets(OIDS, context);
  isLost = true;
  await gets(OIDS.slice(0, 20), context);
  isLost = false;
  requests.length = 0;
  await gets(OIDS, context);
  assertEquals(requests.length, 2);
});

Deno.test("poll goes on after a WALK that the device does not answer, and asks for it last from then on", async () => {
  const { context, requests } = device(ROWS, {
    misbehave: (request) => request.startsWith("next 1.3.1 ") ? silent() : undefined,
  });
  const wanted = [all("1.3.1"), all("1.3.2")];
  for (let run = 0; run < 3; run++) {
    requests.length = 0;
    const { get: samplesOf, error } = await poll(wanted, context);
    assertEquals(error, undefined);
    assertEquals(wanted.map((item) => valueOf(samplesOf(item))), ["silent", 1]);
    assertEquals(
      requests,
      run === 0
        ? ["next 1.3.1 25", "next 1.3.1 10", "next 1.3.1 1", "next 1.3.2 25", "next 1.3.2.1 25"]
        : ["next 1.3.2 25", "next 1.3.2.1 25", "next 1.3.1 1"],
    );
  }
});

Deno.test("poll gives no half of a table", async () => {
  const { context } = device(MANY, {
    misbehave: (request) => request.startsWith("next 1.3.1.124 ") ? silent() : undefined,
  });
  const { get: samplesOf } = await poll([all("1.3.1")], context);
  assertEquals(valueOf(samplesOf(all("1.3.1"))), "silent");
});

for (
  const [what, fail] of [
    ["does not answer", silent],
    ["answers with an error", () => {
      throw new SnmpError("other", "general error");
    }],
  ] as const
) {
  Deno.test(`poll requests fewer rows from a device that ${what}, and remembers it for ten minutes`, async () => {
    let most = 10;
    let time = 0;
    const { context, requests } = device(MANY, {
      misbehave: (request) => Number(request.split(" ")[2]) > most ? fail() : undefined,
    });
    const counts = async (): Promise<number[]> => {
      requests.length = 0;
      assertEquals((await walk("1.3.1", { ...context, now: () => time })).length, 50);
      return requests.map((request) => Number(request.split(" ")[2]));
    };
    assertEquals(await counts(), [25, 10, 10, 10, 10, 10, 10]);
    assertEquals(await counts(), [10, 10, 10, 10, 10, 10]);
    most = 1;
    // It has answered ten, so once may be chance.
    assertEquals((await counts()).slice(0, 3), [10, 1, 1]);
    assertEquals((await counts()).slice(0, 3), [10, 1, 1]);
    assertEquals((await counts()).slice(0, 3), [1, 1, 1]);
    most = 25;
    time += 600;
    assertEquals(await counts(), [25, 25, 25]);
  });
}

Deno.test("poll does not request fewer rows because a packet was lost", async () => {
  let lost = "";
  const { context, requests } = device(MANY, {
    misbehave: (request) => request === lost ? silent() : undefined,
  });
  await walk("1.3.1", context);
  lost = "next 1.3.1 25";
  assertEquals((await walk("1.3.1", context)).length, 50);
  lost = "";
  requests.length = 0;
  await walk("1.3.1", context);
  assertEquals(requests[0], "next 1.3.1 25");
});

Deno.test("poll stops waiting for a device that leaves much unanswered, and goes on there in the next run", async () => {
  const { context, requests } = device(MANY, {
    misbehave: (request) => request.startsWith("next") ? undefined : silent(),
  });
  const session = {
    ...context.session,
    maxSilenceMs: 1,
    async request(request: SnmpRequest): Promise<readonly snmp.Varbind[]> {
      if ("get" in request) await new Promise((resolve) => setTimeout(resolve, 5));
      return await context.session.request(request);
    },
  };
  const asked = new Set<string>();
  const wanted = [get("1.3.1.1"), get("1.3.1.2"), get("1.3.1.3"), all("1.3.1")];
  for (let run = 0; run < 4; run++) {
    requests.length = 0;
    const { get: samplesOf, error } = await poll(wanted, { ...context, session });
    assertEquals(error, undefined);
    assertEquals(valueOf(samplesOf(all("1.3.1"))), run === 0 ? "skipped" : 50);
    const kinds = wanted.slice(0, 3).map((item) => valueOf(samplesOf(item)));
    assertEquals(kinds.filter((kind) => kind === "silent").length, run === 0 ? 0 : 1);
    for (const request of requests) asked.add(request);
  }
  for (const { oid } of wanted.slice(0, 3)) assert(asked.has(`get ${oid}`), oid);
});

Deno.test("poll reports a WALK that is not answered as such, even if there is no time for fewer rows", async () => {
  const { context } = device(ROWS);
  const session = {
    ...context.session,
    maxSilenceMs: 1,
    async request(): Promise<readonly snmp.Varbind[]> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return silent();
    },
  };
  const { get: samplesOf } = await poll([all("1.3.1"), all("1.3.2")], { ...context, session });
  const kinds = ["1.3.1", "1.3.2"].map((oid) => valueOf(samplesOf(all(oid))));
  assertEquals(kinds, ["silent", "skipped"]);
});

Deno.test("poll reads rows in any order, once each", async () => {
  const { context, integer } = device([], {
    misbehave: (request) => {
      const [, oid] = request.split(" ");
      if (oid === "1.3.1") return rows([5, 2, 2, 9]);
      if (oid === "1.3.1.9") return rows([9, 7, 1]);
      return [...rows([3]), integer(["1.4.1", 0])];
    },
  });
  const rows = (numbers: number[]) => numbers.map((number) => integer([`1.3.1.${number}`, number]));
  assertEquals(
    await walk("1.3.1", context),
    [5, 2, 9, 7, 1, 3].map((number) => [`${number}`, number]),
  );
});

Deno.test("poll ends with the end of the table, of the MIB, or without a value", async () => {
  const { EndOfMibView, NoSuchObject, NoSuchInstance } = snmp.ObjectType;
  for (const type of [EndOfMibView, NoSuchObject, NoSuchInstance]) {
    const { context, integer } = device([], {
      misbehave:
        () => [integer(["1.3.1.1", 11]), { oid: "1.3.1.1", type }, integer(["1.3.1.2", 1])],
    });
    assertEquals(await walk("1.3.1", context), [["1", 11]]);
  }
});

Deno.test("poll forgets OIDs that no sensor has any longer", async () => {
  const { context } = device([], { misbehave: () => silent() });
  const { memory } = context.session;
  for (let i = 0; i < 2000; i++) await gets([`1.3.1.${i}`], context);
  assertEquals(memory.silent.length, 1000);
  assertEquals(memory.silent.at(-1), "get 1.3.1.1999");
});
