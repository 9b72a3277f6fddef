import { assertEquals } from "@std/assert";
import { nearest } from "../../src/util/nearest.ts";

const FLAGS = ["template", "protocol", "dir", "dry-run", "yes"];

Deno.test("nearest finds the candidate that was mistyped", () => {
  for (
    const [typed, meant] of [
      ["templete", "template"],
      ["tmplate", "template"],
      ["temp", "template"],
      ["dryrun", "dry-run"],
      ["yess", "yes"],
    ] as const
  ) assertEquals(nearest(typed, FLAGS), meant, typed);
});

Deno.test("nearest does not guess if nothing is close", () => {
  for (const typed of ["", "x", "verbose", "output", "zzz"]) {
    assertEquals(nearest(typed, FLAGS), undefined, typed);
  }
  assertEquals(nearest("dir", []), undefined);
});
