import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { item } from "../testing/agent.ts";
import { mendResponse } from "./mend_response.ts";
import { parseVarbind } from "./varbind.ts";

const SEQUENCE = 0x30;
const GAUGE = 0x42;
const OID = [0x2b, 6, 1, 2, 1, 1]; // 1.3.6.1.2.1.1
const row = (number: number, ...value: (Buffer | number)[]): Buffer =>
  item(SEQUENCE, item(6, ...OID, number), ...value);

/** Has net-snmp request so many OIDs by GETBULK, and returns what it makes of a response with these rows. */
function receive(list: Buffer, change = (packet: Buffer): Buffer => packet): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = Object.assign(new EventEmitter(), {
      ref() {},
      unref() {},
      close() {},
      send(packet: Buffer, ...rest: unknown[]): void {
        (rest.at(-1) as () => void)();
        // The request begins like the response: version, community, type, id.
        const at = packet.indexOf(0xa5);
        const id = packet.subarray(at + 2, at + 4 + (packet[at + 3] ?? 0));
        const version = packet.subarray(2, at);
        const pdu = item(0xa2, id, item(2, 0), item(2, 0), list);
        const response = change(item(SEQUENCE, version, pdu));
        try {
          socket.emit("message", mendResponse(response));
        } catch (error) {
          resolve(error);
        }
      },
    });
    const session = snmp.createSession("127.0.0.1", "public", {
      version: snmp.Version2c,
      retries: 0,
      timeout: 1,
      dgramModule: { createSocket: () => socket },
    });
    session.on("error", resolve);
    session.getBulk(["1.3.6"], 0, 9, (error, columns) => resolve(error ?? columns?.flat()));
  });
}

/** What {@linkcode receive} returns, as type and value. */
async function valuesOf(...rows: Buffer[]): Promise<unknown> {
  const varbinds = await receive(item(SEQUENCE, ...rows));
  return Array.isArray(varbinds)
    ? varbinds.map((
      varbind,
    ) => [varbind.oid, parseVarbind(varbind)?.type, parseVarbind(varbind)?.value])
    : varbinds;
}

const GOOD = row(9, item(GAUGE, 7));
const GOOD_VALUE = ["1.3.6.1.2.1.1.9", "number", 7];

const UNDECODABLE: readonly [string, Buffer, string][] = [
  ["an empty Gauge", item(GAUGE), ""],
  ["an empty Counter", item(0x41), ""],
  ["an empty Integer", item(2), ""],
  ["an empty Counter64", item(0x46), ""],
  ["a Gauge of more than 32 bits", item(GAUGE, 1, 0, 0, 0, 0), "01:00:00:00:00"],
  ["an Integer of more than 53 bits", item(2, 1, 0, 0, 0, 0, 0, 0, 0), "01:00:00:00:00:00:00:00"],
  ["an unknown type", item(0x47, 1, 2), "01:02"],
  ["a type with a longer tag", item(0x9f, 0x78, 4), "78:04"],
  ["an empty IpAddress", item(0x40), ""],
  ["an IpAddress of 5 bytes", item(0x40, 1, 2, 3, 4, 5), "01:02:03:04:05"],
  ["an empty OID", item(6), ""],
  ["an OID without its end", item(6, 0x2b, 0x86), "2b:86"],
  ["an OID that is longer than its row", Buffer.of(6, 9, 0x2b, 6), "2b:06"],
  ["a text that is longer than its row", Buffer.of(4, 0x82, 1, 0, 0x41), "01:00:41"],
  ["bytes after the value", Buffer.concat([item(GAUGE, 1), Buffer.of(0)]), "01:00"],
  ["a Null with bytes", item(5, 1), "01"],
];

for (const [what, value, hex] of UNDECODABLE) {
  Deno.test(`mendResponse keeps the other values of a response with ${what}`, async () => {
    const bad = ["1.3.6.1.2.1.1.1", "undecodable", hex];
    assertEquals(await valuesOf(row(1, value), GOOD), [bad, GOOD_VALUE]);
    assertEquals(await valuesOf(GOOD, row(1, value)), [GOOD_VALUE, bad]);
  });
}

Deno.test("mendResponse keeps a long value of an unknown type", async () => {
  const bytes = Array<string>(300).fill("01").join(":");
  const values = await valuesOf(row(1, item(0x47, Buffer.alloc(300, 1))));
  assertEquals(values, [["1.3.6.1.2.1.1.1", "undecodable", bytes]]);
});

Deno.test("mendResponse returns a response that can be decoded as it is", () => {
  const values = [
    item(2, 0xff),
    item(4),
    item(4, 1, 2),
    item(5),
    item(6, 0x2b, 6),
    item(0x40, 10, 0, 0, 1),
    item(0x41, 0, 0xff, 0xff, 0xff, 0xff),
    item(0x42, 0xff, 0xff, 0xff, 0xff),
    item(0x43, 0, 0, 0, 0, 0, 0, 0, 0, 5),
    item(0x44, 0x9f, 0x78, 4, 0, 0, 0, 0),
    item(0x46, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    item(0x80),
    item(0x81),
    item(0x82),
  ];
  const list = item(SEQUENCE, ...values.map((value, i) => row(i, value)));
  const response = item(
    SEQUENCE,
    item(2, 1),
    item(4, 0x61),
    item(0xa2, item(2, 1), item(2, 0), item(2, 0), list),
  );
  assert(mendResponse(response) === response);
  for (const other of ["", "0", "<html>", "\x30\x02\x02"].map((text) => Buffer.from(text))) {
    assert(mendResponse(other) === other);
  }
});

const DAMAGED: readonly [string, Buffer][] = [
  ["is cut", item(SEQUENCE, GOOD, GOOD).subarray(0, -1)],
  ["is missing", Buffer.of()],
  ["is no list", item(2, 1)],
  ["has a row without a value", item(SEQUENCE, GOOD, row(1))],
  ["has a row without an OID", item(SEQUENCE, item(SEQUENCE, item(GAUGE, 1), item(GAUGE, 1)))],
  [
    "has a row with half an OID",
    item(SEQUENCE, item(SEQUENCE, item(6, 0x2b, 0x86), item(GAUGE, 1))),
  ],
  ["has a row of an endless length", item(SEQUENCE, GOOD, SEQUENCE, 0x80)],
];

for (const [what, list] of DAMAGED) {
  Deno.test(`mendResponse turns a response into an error if its list of values ${what}`, async () => {
    const error = await receive(list);
    assert(error instanceof snmp.RequestFailedError, Deno.inspect(error));
    assertEquals(error.status, snmp.ErrorStatus.WrongEncoding);
  });
}

Deno.test("mendResponse leaves net-snmp nothing that it cannot decode", async () => {
  const damage = fc.array(
    fc.record({
      at: fc.nat(200),
      remove: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const rows = [GOOD, row(1, item(4, 0x41, 0x42)), row(2, item(6, 0x2b, 6)), row(3, item(0x46, 1))];
  const list = item(SEQUENCE, ...rows);
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), async (damages, isCut) => {
      let bytes = list;
      for (const { at, remove, insert } of damages) {
        const from = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
      }
      const answer = await receive(bytes, (packet) => isCut ? packet.subarray(0, -2) : packet);
      assert(
        Array.isArray(answer) || answer instanceof snmp.RequestFailedError,
        `${bytes.toString("hex")}: ${Deno.inspect(answer)}`,
      );
    }),
    { numRuns: 3000 },
  );
});
