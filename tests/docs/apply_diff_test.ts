import { assertEquals, assertThrows } from "@std/assert";
import { applyDiff } from "./apply_diff.ts";

Deno.test("applyDiff replaces lines at several places", () => {
  const text = "a\nb\nc\nd\n";
  assertEquals(applyDiff(text, " a\n-b\n+B\n@@\n d\n+e\n"), "a\nB\nc\nd\ne\n");
});

Deno.test("applyDiff throws if a place is missing or ambiguous", () => {
  assertThrows(() => applyDiff("a\n", "-b\n"), Error, "found 0 times");
  assertThrows(() => applyDiff("a\na\n", "-a\n"), Error, "found 2 times");
});
