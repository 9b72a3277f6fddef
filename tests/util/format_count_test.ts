import { assertEquals } from "@std/assert";
import { counted, formatCount } from "../../src/util/format_count.ts";

Deno.test("formatCount groups the digits of large numbers", () => {
  const counts = [0, 7, 999, 1000, 12_345, 123_456, 1_234_567];
  assertEquals(
    counts.map(formatCount),
    ["0", "7", "999", "1,000", "12,345", "123,456", "1,234,567"],
  );
});

Deno.test("counted names what is counted, in the plural unless there is one", () => {
  assertEquals(
    [0, 1, 2, 10_000].map((count) => counted(count, "job")),
    ["0 jobs", "1 job", "2 jobs", "10,000 jobs"],
  );
});
