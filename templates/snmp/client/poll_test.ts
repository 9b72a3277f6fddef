import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { poll, pollGets, pollWalk } from "./poll.ts";
import { SnmpError, type SnmpErrorKind } from "./snmp_error.ts";

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
  const fail = (kind: SnmpErrorKind): never => {
    throw new SnmpError(kind, kind);
  };
  const context = {
    session: {
      hasBulk,
      // deno-lint-ignore require-await -- like the real one
      async get(oids: readonly string[]): Promise<snmp.Varbind[]> {
        const request = `get ${oids.join(" ")}`;
        requests.push(request);
        const response = misbehave?.(request);
        if (response) return response;
        if (oids.length > maxGets) fail("too big");
        return oids.map((oid) => {
          const row = rows.find(([known]) => known === oid);
          if (row !== undefined) return integer(row);
          return hasBulk ? { oid, type: snmp.ObjectType.NoSuchInstance } : fail("no such name");
        });
      },
      // deno-lint-ignore require-await -- like the real one
      async next(oid: string, count: number): Promise<snmp.Varbind[]> {
        const request = `next ${oid} ${count}`;
        requests.push(request);
        const response = misbehave?.(request);
        if (response) return response;
        if (count > maxRows) fail("too big");
        const start = rows.findIndex(([known]) => compare(known, oid) > 0);
        if (start < 0) {
          return hasBulk ? [{ oid, type: snmp.ObjectType.EndOfMibView }] : fail("no such name");
        }
        return rows.slice(start, start + (hasBulk ? count : 1)).map(integer);
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

async function gets(oids: readonly string[], context: ReturnType<typeof device>["context"]) {
  const values: Record<string, unknown> = {};
  for await (const [oid, sample] of pollGets(oids, context)) {
    values[oid] = sample instanceof SnmpError ? sample.kind : sample.value?.value;
  }
  return values;
}

async function walk(root: string, context: ReturnType<typeof device>["context"]) {
  const samples = await pollWalk(root, context);
  return [...samples].map(([index, { value }]) => [index, value?.value]);
}

const ROWS: readonly Row[] = [["1.3.1.1", 11], ["1.3.1.2", 12], ["1.3.1.3", 13], ["1.3.2.1", 21]];
const MANY: readonly Row[] = Array.from({ length: 50 }, (_, i) => [`1.3.1.${100 + i}`, i]);

for (const hasBulk of [true, false]) {
  const version = hasBulk ? "SNMPv2c" : "SNMPv1";

  Deno.test(`pollWalk reads everything below the OID, and nothing else, by ${version}`, async () => {
    const { context } = device(ROWS, { hasBulk });
    assertEquals(await walk("1.3.1", context), [["1", 11], ["2", 12], ["3", 13]]);
    assertEquals(await walk("1.3.2", context), [["1", 21]]);
    assertEquals(await walk("1.3", context), [["1.1", 11], ["1.2", 12], ["1.3", 13], ["2.1", 21]]);
    assertEquals(await walk("1.9", context), []);
  });

  Deno.test(`pollGets reads values, and undefined for a missing OID, by ${version}`, async () => {
    const { context } = device(ROWS, { hasBulk });
    assertEquals(await gets(["1.3.1.1", "1.9.1", "1.3.2.1", "1.9.2"], context), {
      "1.3.1.1": 11,
      "1.9.1": undefined,
      "1.3.2.1": 21,
      "1.9.2": undefined,
    });
  });
}

Deno.test("pollWalk requests many rows at once", async () => {
  const { context, requests } = device(MANY);
  assertEquals((await walk("1.3.1", context)).length, 50);
  assertEquals(requests.length, 3);
});

Deno.test("pollWalk requests fewer rows when the response would be too big", async () => {
  const { context, requests } = device(MANY, { maxRows: 5 });
  assertEquals((await walk("1.3.1", context)).length, 50);
  assertEquals(requests.slice(0, 3), ["next 1.3.1 25", "next 1.3.1 7", "next 1.3.1 2"]);
});

Deno.test("pollWalk gives up when even one row is too big", async () => {
  const { context } = device(MANY, { maxRows: 0 });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "too big");
});

for (const hasBulk of [true, false]) {
  Deno.test(`pollWalk gives up on a device that goes in circles, by ${hasBulk ? "SNMPv2c" : "SNMPv1"}`, async () => {
    const { context, integer } = device(ROWS, {
      hasBulk,
      misbehave: (request) =>
        request.startsWith("next 1.3.1.3") ? [integer(["1.3.1.2", 12])] : undefined,
    });
    // One row per response, since a bulk response with all rows would end the walk at once.
    const slow = hasBulk
      ? {
        ...context,
        session: { ...context.session, next: (oid: string) => context.session.next(oid, 1) },
      }
      : context;
    const error = await assertRejects(() => walk("1.3.1", slow), SnmpError, "would never end");
    assert((error as Error).message.includes("1.3.1.2 after 1.3.1.3"));
  });
}

Deno.test("pollWalk gives up on a device that repeats its first response", async () => {
  const { context, requests, integer } = device([], { misbehave: () => [integer(["1.3.1.1", 1])] });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "would never end");
  assertEquals(requests.length, 2);
});

Deno.test("pollWalk gives up on a device that makes up rows endlessly", async () => {
  let row = 0;
  const { context, integer } = device([], {
    misbehave: () => Array.from({ length: 1000 }, () => integer([`1.3.1.${++row}`, row])),
  });
  await assertRejects(() => walk("1.3.1", context), SnmpError, "more than 100000 rows");
});

Deno.test("pollWalk ends with an empty response", async () => {
  const { context } = device(ROWS, { misbehave: () => [] });
  assertEquals(await walk("1.3.1", context), []);
});

Deno.test("pollGets requests twenty OIDs at once, and fewer when the response would be too big", async () => {
  const oids = MANY.map(([oid]) => oid);
  const all = Object.fromEntries(MANY);
  const easy = device(MANY);
  assertEquals(await gets(oids, easy.context), all);
  assertEquals(easy.requests.length, 3);
  const narrow = device(MANY, { maxGets: 3 });
  assertEquals(await gets(oids, narrow.context), all);
  assertEquals(await gets(oids, device(MANY, { maxGets: 1 }).context), all);
});

Deno.test("pollGets reports the OID that a device fails on, and reads the others", async () => {
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

Deno.test("pollGets ignores the value of another OID", async () => {
  const { context, integer } = device(ROWS, { misbehave: () => [integer(["1.3.9.9", 1])] });
  assertEquals(await gets(["1.3.1.1"], context), { "1.3.1.1": undefined });
});

const undecodable = (oid: string, ...bytes: number[]): snmp.Varbind => ({
  oid,
  type: snmp.ObjectType.Opaque,
  value: Buffer.from(bytes),
});

Deno.test("pollGets reports a value that cannot be decoded, and reads the others", async () => {
  const { context, integer } = device([], {
    misbehave: () => [undecodable("1.3.1.1"), integer(["1.3.1.2", 12]), undecodable("1.3.1.3", 7)],
  });
  const messages: string[] = [];
  for await (const [_oid, sample] of pollGets(["1.3.1.1", "1.3.1.2", "1.3.1.3"], context)) {
    messages.push(sample instanceof SnmpError ? sample.message : `${sample.value?.value}`);
  }
  assertEquals(messages, [
    "the device sent a value of 1.3.1.1 that cannot be decoded (no bytes)",
    "12",
    "the device sent a value of 1.3.1.3 that cannot be decoded (the bytes 07)",
  ]);
});

Deno.test("pollGets and pollWalk request less when the response cannot be decoded", async () => {
  const { context } = device(ROWS, {
    misbehave: (request) => {
      if (/^get .* |25$/.test(request)) throw new SnmpError("undecodable", "damaged");
      return undefined;
    },
  });
  assertEquals(await gets(["1.3.1.1", "1.3.1.2"], context), { "1.3.1.1": 11, "1.3.1.2": 12 });
  assertEquals((await walk("1.3.1", context)).length, 3);
});

Deno.test("pollWalk reads on after a row that cannot be decoded, and marks it", async () => {
  const { context, integer } = device(ROWS, {
    misbehave: (request) =>
      request.includes(" 1.3.1 ")
        ? [integer(["1.3.1.1", 11]), undecodable("1.3.1.2", 7, 8)]
        : undefined,
  });
  const samples = await pollWalk("1.3.1", context);
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
