import { assertEquals } from "@std/assert";
import { isTransient, retryAfterMs } from "../../src/grafolean/retry_after.ts";

Deno.test("isTransient knows what may pass from what will not", () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) assertEquals(isTransient(status), true);
  for (const status of [200, 204, 301, 400, 401, 403, 404, 405, 413, 422, 501]) {
    assertEquals(isTransient(status), false);
  }
});

Deno.test("retryAfterMs reads seconds and dates, and nothing else", () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0);
  const DAY = 24 * 60 * 60 * 1000;
  for (
    const [header, ms] of [
      [null, undefined],
      ["", undefined],
      ["soon", undefined],
      ["-5", undefined],
      ["1.5", undefined],
      ["0", 0],
      [" 120 ", 120_000],
      ["9".repeat(400), DAY],
      ["Tue, 24 Nov 2026 12:00:30 GMT", 30_000],
      ["Tue, 24 Nov 2026 11:00:00 GMT", 0],
      ["Tue, 24 Nov 2099 11:00:00 GMT", DAY],
    ] as const
  ) {
    assertEquals(retryAfterMs(header, now), ms, String(header));
  }
});
