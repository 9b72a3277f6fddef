import { assertEquals } from "@std/assert";
import { parseRetryAfter } from "../../src/grafolean/retry_after.ts";

Deno.test("parseRetryAfter accepts seconds and dates, and nothing else", () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0);
  const MOST = 5 * 60 * 1000;
  for (
    const [header, ms] of [
      [null, undefined],
      ["", undefined],
      ["soon", undefined],
      ["-5", undefined],
      ["1.5", undefined],
      ["0", 0],
      [" 120 ", 120_000],
      ["9".repeat(400), MOST],
      ["Tue, 24 Nov 2026 12:00:30 GMT", 30_000],
      ["Tue, 24 Nov 2026 11:00:00 GMT", 0],
      ["Tue, 24 Nov 2099 11:00:00 GMT", MOST],
    ] as const
  ) {
    assertEquals(parseRetryAfter(header, now), ms, String(header));
  }
});
