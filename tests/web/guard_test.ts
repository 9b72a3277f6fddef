import { assertEquals } from "@std/assert";
import { refuseForeign } from "../../src/web/guard.ts";

function statusOf(url: string, headers: Record<string, string> = {}, method = "GET"): number {
  return refuseForeign(new Request(url, { method, headers }))?.status ?? 200;
}

Deno.test("refuseForeign accepts every name of this machine, at any port", () => {
  for (const host of ["localhost", "localhost:1", "127.0.0.1:9464", "127.8.9.10", "[::1]:80"]) {
    assertEquals(statusOf(`http://${host}/metrics`), 200, host);
  }
});

Deno.test("refuseForeign refuses other names, which somebody may point at this machine", () => {
  for (
    const host of [
      "bot.example:9464",
      "127.0.0.1.example",
      "localhost.example",
      "127.example",
      "10.0.0.1",
      "0.0.0.0",
      "[::2]",
      "1127.0.0.1.example",
    ]
  ) {
    assertEquals(statusOf(`http://${host}/metrics`), 403, host);
  }
});

Deno.test("refuseForeign refuses requests that pages of other sites make", () => {
  const url = "http://127.0.0.1:9464/";
  assertEquals(statusOf(url, { origin: "http://127.0.0.1:9464" }, "POST"), 200);
  for (
    const origin of [
      "http://127.0.0.1:8000",
      "http://localhost:9464",
      "https://site.example",
      "null",
    ]
  ) {
    assertEquals(statusOf(url, { origin }, "POST"), 403, origin);
    assertEquals(statusOf(url, { origin }), 403, origin);
  }
  assertEquals(statusOf(url, { "sec-fetch-site": "cross-site" }), 403);
  for (const site of ["same-origin", "none"]) {
    assertEquals(statusOf(url, { "sec-fetch-site": site }), 200, site);
  }
});

Deno.test("refuseForeign lets a link of another site lead to the page, but not into a frame", () => {
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  const url = "http://localhost:9464/";
  assertEquals(statusOf(url, { ...link, "sec-fetch-dest": "document" }), 200);
  assertEquals(statusOf(url, { ...link, "sec-fetch-dest": "iframe" }), 403);
  assertEquals(statusOf(url, { ...link, "sec-fetch-dest": "document" }, "POST"), 403);
});
