import { assertEquals, assertRejects } from "@std/assert";
import { LineReader } from "../../src/setup/line_reader.ts";
import { ConfigError } from "../../src/util/errors.ts";

/** A reader of these pieces; what comes after them never ends. */
function readerOf(pieces: readonly string[], signal = new AbortController().signal): LineReader {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  return new LineReader({
    signal,
    notice: () => {},
    read(buffer) {
      const piece = left.shift();
      if (piece === undefined) return new Promise(() => {});
      buffer.set(piece);
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
}

Deno.test("LineReader returns a line at once, however long the input stays open", async () => {
  const reader = readerOf(["on", "e\r\ntwo\n", "thr\u00e9e\n"]);
  assertEquals([await reader.next(), await reader.next(), await reader.next()], [
    "one",
    "two",
    "thr\u00e9e",
  ]);
});

Deno.test("LineReader returns a last line without an end, and then nothing", async () => {
  const reader = readerOf(["\n", "last", ""]);
  assertEquals(
    [await reader.next(), await reader.next(), await reader.next(), await reader.next()],
    ["", "last", undefined, undefined],
  );
});

Deno.test("LineReader gives up at a line that is too long, and when it is cancelled", async () => {
  const endless = readerOf(Array(20).fill("x".repeat(1000)));
  await assertRejects(() => endless.next(), ConfigError, "longer than 10000 characters");
  const cancel = new AbortController();
  const waiting = readerOf([], cancel.signal).next();
  cancel.abort(new Error("cancelled"));
  await assertRejects(() => waiting, Error, "cancelled");
});
