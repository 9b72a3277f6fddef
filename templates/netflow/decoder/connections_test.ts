import { assert, assertEquals } from "@std/assert";
import { testDecoder } from "../testing/decode.ts";
import { set, type Spec, template, uint, v9 } from "../testing/packet_builder.ts";
import { Connections } from "./connections.ts";

const CREATED = 1;
const DELETED = 2;
const DENIED = 3;
const UPDATED = 5;

// As Cisco ASA sends them; creations and denials have no counters.
const EVENT: readonly Spec[] = [[148, 4], [8, 4], [12, 4], [4, 1], [233, 1]];
const COUNTED: readonly Spec[] = [...EVENT, [231, 4], [232, 4]];

/** Returns a function that decodes events, and returns the bytes of their flows. */
function firewall(fields = COUNTED) {
  const decode = testDecoder();
  decode(v9({}, set(0, template(256, EVENT), template(263, fields))));
  let sequence = 0;
  return (id: number, event: number, sent?: number, received = 0): number[] => {
    const counters = sent === undefined ? [] : [uint(sent, 4), uint(received, 4)];
    const { flows, malformed, undecodable } = decode(v9(
      { sequence: ++sequence },
      set(
        sent === undefined ? 256 : 263,
        ...[uint(id, 4), uint(0x0a000001, 4), uint(0x0a000002, 4), uint(6, 1), uint(event, 1)],
        ...counters,
      ),
    ));
    assertEquals([malformed, undecodable], [0, 0]);
    return flows.map(({ bytes }) => bytes);
  };
}

Deno.test("Decoder does not count a connection of a firewall again at its end", () => {
  const bytesOf = firewall();
  assertEquals(bytesOf(7, CREATED), []);
  assertEquals(bytesOf(7, UPDATED, 2557, 1117), [2557, 1117]);
  assertEquals(bytesOf(7, UPDATED, 31), [31]);
  assertEquals(bytesOf(7, DELETED, 2588, 1117), []);
});

Deno.test("Decoder does not count what a connection sent before the bot started", () => {
  const bytesOf = firewall();
  assertEquals(bytesOf(7, UPDATED, 10, 20), [10, 20]);
  assertEquals(bytesOf(7, DELETED, 1_000_000_000, 20), []);
});

Deno.test("Decoder counts a connection without updates at its end", () => {
  const bytesOf = firewall();
  bytesOf(7, UPDATED, 1, 1);
  assertEquals(bytesOf(8, CREATED), []);
  assertEquals(bytesOf(8, DELETED, 300, 400), [300, 400]);
});

Deno.test("Decoder counts a connection at its end where its updates had no bytes", () => {
  const bytesOf = firewall();
  assertEquals(bytesOf(7, UPDATED, 0), []);
  assertEquals(bytesOf(7, DELETED, 100), [100]);
});

Deno.test("Decoder counts another connection with the id of one that ended", () => {
  const bytesOf = firewall();
  bytesOf(7, UPDATED, 1, 1);
  assertEquals(bytesOf(7, DELETED, 1, 1), []);
  assertEquals(bytesOf(7, DELETED, 50, 60), [50, 60]);
  // If the end of the first got lost
  bytesOf(7, UPDATED, 1, 1);
  bytesOf(7, CREATED);
  assertEquals(bytesOf(7, DELETED, 70, 80), [70, 80]);
  bytesOf(7, UPDATED, 1, 1);
  assertEquals(bytesOf(7, CREATED, 2, 3), [2, 3]);
});

Deno.test("Decoder has no flow of a connection that was denied, or had no bytes", () => {
  const bytesOf = firewall();
  assertEquals(bytesOf(0, DENIED), []);
  assertEquals(bytesOf(9, DENIED, 0, 0), []);
  assertEquals(bytesOf(9, UPDATED, 0, 0), []);
});

Deno.test("Decoder reads the events of old firewalls", () => {
  const bytesOf = firewall(COUNTED.map((spec): Spec => spec[0] === 233 ? [40005, 1] : spec));
  assertEquals(bytesOf(7, UPDATED, 10, 20), [10, 20]);
  assertEquals(bytesOf(7, DELETED, 10, 20), []);
});

Deno.test("Decoder counts every record of firewalls that count each direction by itself", () => {
  const decode = testDecoder();
  decode(v9({}, set(0, template(256, [[148, 4], [233, 1], [1, 4]]))));
  const bytes = [UPDATED, DELETED].flatMap((event, n) =>
    decode(v9({ sequence: n + 1 }, set(256, uint(7, 4), uint(event, 1), uint(10, 4)))).flows
  ).map((flow) => flow.bytes);
  assertEquals(bytes, [10, 10]);
});

Deno.test("Connections forgets those that were not updated for long when there are too many", () => {
  const connections = new Connections();
  for (let id = 0; id < 1_000_000; id++) {
    connections.isCounted(UPDATED, id, 1);
    if (id % 1000 === 0) connections.isCounted(UPDATED, 0, 1);
  }
  assert(connections.memoryBytes < 5_000_000);
  assert(connections.isCounted(DELETED, 0, 1));
  assert(connections.isCounted(DELETED, 999_999, 1));
  assert(!connections.isCounted(DELETED, 1, 1));
});
