import { assert, assertEquals, assertThrows } from "@std/assert";
import { Aggregator } from "./aggregator/aggregator.ts";
import { decodePacket } from "./decode_packet.ts";
import { Exporters } from "./exporters.ts";
import { parseSnapshot, type Snapshot, snapshotLines } from "./snapshot.ts";
import { readSnapshot, renameDamaged, writeSnapshot } from "./snapshot_file.ts";
import { IPV4_FIELDS, set, template, uint, v9, v9Options } from "./testing/packet_builder.ts";

const MINUTE = 60_000;

/** A snapshot of two exporters after 20 minutes, the last of them not taken yet. */
function sample(): Snapshot {
  const aggregator = new Aggregator(0);
  aggregator.setAccounts([7]);
  for (let minute = 0; minute < 20; minute++) {
    for (const exporter of ["192.0.2.1", "192.0.2.2"]) {
      aggregator.add(exporter, {
        bytes: 100 + minute,
        packets: 1,
        direction: minute % 3 === 0 ? "egress" : "ingress",
        input: 1,
        output: 2,
        source: `10.0.0.${minute}`,
        destination: "2001:db8::1",
        protocol: 6,
        sourcePort: 40_000,
        destinationPort: 443,
      }, minute * MINUTE);
    }
    for (const _ of aggregator.closeEnded(minute * MINUTE));
    if (minute < 19) aggregator.take(7);
  }
  const exporters = new Exporters();
  exporters.setKnown(["192.0.2.1"]);
  decodePacket(
    v9(
      { domain: 5 },
      set(0, template(256, IPV4_FIELDS), template(257, [[1, 4], [8, 4], [99, 7]])),
      set(1, v9Options(258, 1, [[1, 4], [48, 1], [50, 2]])),
      set(258, uint(0, 4), uint(7, 1), uint(1000, 2)),
    ),
    "192.0.2.1",
    exporters,
    0,
  );
  return {
    aggregator: aggregator.state(20 * MINUTE - 1),
    exporters: exporters.known,
    suggested: new Map([[7, new Set(["10.0.0.9"])]]),
  };
}

const textOf = (snapshot: Snapshot) => [...snapshotLines(snapshot)].join("\n");

/** A snapshot in comparable form. */
const plain = ({ aggregator, exporters, suggested }: Snapshot) => ({
  exporters: JSON.stringify([...exporters]),
  until: aggregator.until,
  windows: aggregator.windows.map(({ start, missedMs, traffic }) => ({
    start,
    missedMs,
    traffic: JSON.stringify([...traffic]),
  })),
  closed: aggregator.closed.map(({ reports, ...rest }) => ({ ...rest, reports: [...reports] })),
  lastTaken: [...aggregator.lastTaken],
  suggested: Array.from(suggested, ([account, exporters]) => [account, [...exporters]]),
});

Deno.test("parseSnapshot reverses snapshotLines", () => {
  const snapshot = sample();
  assertEquals(snapshot.aggregator.closed.length > 0, true);
  assertEquals(plain(parseSnapshot(textOf(snapshot))), plain(snapshot));
});

Deno.test("parseSnapshot refuses incomplete snapshots and other texts", () => {
  const lines = textOf(sample()).split("\n");
  for (let n = 0; n < lines.length; n++) {
    assertThrows(() => parseSnapshot(lines.slice(0, n).join("\n")), Error);
    assertThrows(
      () => parseSnapshot([...lines.slice(0, n), lines[n]!.slice(0, -3)].join("\n")),
      Error,
    );
  }
  for (const text of ["", "hello", "null", "[]", "{}", "[1]", '["snapshot",{}]', '["snapshot"]']) {
    assertThrows(() => parseSnapshot(text), Error);
  }
  assertThrows(
    () =>
      parseSnapshot(lines.filter((line) => !line.startsWith('["window",{"level":3')).join("\n")),
    Error,
    "A window is missing",
  );
});

Deno.test("parseSnapshot refuses other versions", () => {
  const text = textOf(sample()).replace('"version":1', '"version":2');
  assertThrows(() => parseSnapshot(text), Error, "version 2");
});

Deno.test("parseSnapshot refuses invalid templates", () => {
  const text = textOf(sample());
  for (const [name, wrong] of [["skip", -1], ["length", 1.5], ["field", 99], ["minLength", 0]]) {
    const damaged = text.replace(new RegExp(`"${name}":\\d+`), `"${name}":${wrong}`);
    assert(damaged !== text);
    assertThrows(() => parseSnapshot(damaged), Error, "A template is damaged");
  }
});

Deno.test("parseSnapshot refuses invalid sums", () => {
  const text = textOf(sample());
  const [, bytes] = /"bytes":(\d+)/.exec(text)!;
  for (const wrong of ["-1", "1e999", '"x"', "null"]) {
    assertThrows(() => parseSnapshot(text.replace(`"bytes":${bytes}`, `"bytes":${wrong}`)));
  }
});

Deno.test("writeSnapshot replaces the file atomically, readable only by its owner", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/data/snapshot.jsonl`;
    assertEquals(await readSnapshot(path), undefined);
    const snapshot = sample();
    await writeSnapshot(path, snapshot);
    await writeSnapshot(path, snapshot);
    assertEquals(plain((await readSnapshot(path))!), plain(snapshot));
    assertEquals(Array.from(Deno.readDirSync(`${folder}/data`), ({ name }) => name), [
      "snapshot.jsonl",
    ]);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    }
    await renameDamaged(path);
    assertEquals(await readSnapshot(path), undefined);
    assert((await Deno.stat(`${path}.damaged`)).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
