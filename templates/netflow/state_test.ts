import { assert, assertEquals, assertThrows } from "@std/assert";
import { Aggregator } from "./aggregator/aggregator.ts";
import { Decoder } from "./decoder/decoder.ts";
import { parseState, type State, stateLines } from "./state.ts";
import { StateFile } from "./state_file.ts";
import { testDecoder } from "./testing/decode.ts";
import { IPV4_FIELDS, ipv4Record, set, template, v9 } from "./testing/packet_builder.ts";

const decoder = new Decoder();
for (const domain of [5, 6]) {
  decoder.decode(v9({ domain }, set(0, template(256, IPV4_FIELDS))), 0, () => {});
}

/** The state after a minute. */
const state = (): State => ({
  savedAt: 60_000,
  traffic: new Aggregator(60_000, { memoryBytes: 1_000_000 }).stateLines(true, 60_000),
  decoders: new Map([["192.0.2.1", decoder.state()]]),
  suggested: new Map([[7, new Set(["10.0.0.9"])]]),
});

const text = () => [...stateLines(state())].join("\n");

Deno.test("parseState reverses stateLines", () => {
  const parsed = parseState(text());
  assertEquals(parsed.savedAt, 60_000);
  assertEquals([...parsed.traffic], JSON.parse(JSON.stringify([...state().traffic])));
  assertEquals(parsed.suggested, state().suggested);
  assertEquals([...parsed.decoders.keys()], ["192.0.2.1"]);
  const decode = testDecoder({ state: parsed.decoders.get("192.0.2.1") });
  for (const domain of [5, 6]) {
    assertEquals(decode(v9({ domain }, set(256, ipv4Record(1500)))).flows.length, 1);
  }
});

Deno.test("parseState refuses incomplete states and other texts", () => {
  const lines = text().split("\n");
  for (let n = 0; n < lines.length; n++) {
    assertThrows(() => parseState(lines.slice(0, n).join("\n")), Error);
    assertThrows(
      () => parseState([...lines.slice(0, n), lines[n]!.slice(0, -3)].join("\n")),
      Error,
    );
  }
  const others = [
    "",
    "hello",
    "null",
    "[]",
    "{}",
    "[1]",
    '["netflow-state"]',
    '["netflow-state",2,0]',
  ];
  for (const other of others) assertThrows(() => parseState(other), Error);
});

Deno.test("parseState refuses other versions", () => {
  const newer = text().replace('["netflow-state",2,', '["netflow-state",3,');
  assertThrows(() => parseState(newer), Error, "it has version 3, expected 2");
});

Deno.test("StateFile replaces the file atomically, readable only by its owner", async () => {
  const folder = await Deno.makeTempDir({ dir: ".", prefix: ".test-" });
  try {
    const path = `${folder}/data/state.jsonl`;
    await Deno.mkdir(`${folder}/data`);
    // What somebody else may have put there.
    await Deno.writeTextFile(`${path}.lock`, "kept");
    await Deno.writeTextFile(`${path}.new`, "replaced", { mode: 0o644 });
    const file = await StateFile.lock(path);
    assertEquals(await Deno.readTextFile(`${path}.lock`), "kept");
    assertEquals(await file.read(), undefined);
    const lines = Array.from({ length: 3000 }, (_, n) => `${n}`.padEnd(100));
    await file.write(["before"]);
    await file.write(lines);
    assertEquals(await file.read(), lines.map((line) => `${line}\n`).join(""));
    const names = Array.from(Deno.readDirSync(`${folder}/data`), ({ name }) => name);
    assertEquals(names.sort(), ["state.jsonl", "state.jsonl.lock"]);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    }
    await file.setAside();
    assertEquals(await file.read(), undefined);
    assert((await Deno.stat(`${path}.damaged`)).isFile);
    file[Symbol.dispose]();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("StateFile leaves a directory alone, whose path was set by mistake", async () => {
  const folder = await Deno.makeTempDir({ dir: ".", prefix: ".test-" });
  try {
    using file = await StateFile.lock(`${folder}/data`);
    await Deno.mkdir(file.path);
    await file.setAside();
    assert((await Deno.stat(file.path)).isDirectory);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("StateFile can be locked again at once while another thread starts programs", async () => {
  const program = `for (;;) {
    await new Deno.Command(${JSON.stringify(Deno.execPath())}, { args: ["--version"] }).output();
    postMessage("started");
  }`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(program)}`, {
    type: "module",
  });
  const folder = await Deno.makeTempDir();
  try {
    let started = 0;
    worker.onmessage = () => started++;
    // A program that is being started holds all that is open in this process.
    while (started < 20) {
      for (let n = 0; n < 100; n++) (await StateFile.lock(`${folder}/state`))[Symbol.dispose]();
      await new Promise((done) => setTimeout(done));
    }
  } finally {
    worker.terminate();
    await Deno.remove(folder, { recursive: true });
  }
});
