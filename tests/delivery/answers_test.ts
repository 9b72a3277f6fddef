import { assertEquals } from "@std/assert";
import { interpretAnswer, interpretError } from "../../src/delivery/answers.ts";
import { GrafoleanError } from "../../src/util/errors.ts";

Deno.test("interpretAnswer takes nothing but 204 for a success", () => {
  assertEquals(interpretAnswer({ status: 204, body: "" }), { kind: "stored" });
  for (const status of [200, 201, 202, 206, 301, 302, 307, 404, 405, 407, 418, 422, 501]) {
    assertEquals(interpretAnswer({ status, body: "<html>" }), { kind: "unexpected" }, `${status}`);
  }
});

Deno.test("interpretAnswer knows the failures that pass by themselves, and how long they ask to wait", () => {
  for (const status of [408, 425, 429, 502, 503, 504]) {
    const isTimeout = status === 408 || status === 504;
    const verdict = { kind: "unavailable" as const, ...(isTimeout && { isTimeout }) };
    assertEquals(interpretAnswer({ status, body: "" }), verdict, `${status}`);
    assertEquals(interpretAnswer({ status, body: "", retryAfterMs: 7000 }), {
      ...verdict,
      retryAfterMs: 7000,
    });
  }
});

Deno.test("interpretAnswer tells a database that does not answer from a request that failed", () => {
  assertEquals(interpretAnswer({ status: 500, body: "Could not validate access" }), {
    kind: "unavailable",
    isBrief: true,
  });
  assertEquals(interpretAnswer({ status: 500, body: "Internal Server Error" }), {
    kind: "ambiguous",
  });
  assertEquals(interpretAnswer({ status: 500, body: "", retryAfterMs: 3000 }), {
    kind: "ambiguous",
    retryAfterMs: 3000,
  });
});

Deno.test("interpretAnswer believes only a sentence of Grafolean that a value is refused", () => {
  const reason = "Input validation failed: Invalid MeasuredValue format: None";
  assertEquals(interpretAnswer({ status: 400, body: `${reason}\n` }), { kind: "refused", reason });
  const named = "Input validation failed: Invalid PathInputValue format: a..b";
  assertEquals(interpretAnswer({ status: 400, body: `${named} - maybe Content-Type` }), {
    kind: "refused",
    reason: `${named} - maybe Content-Type`,
    path: "a..b",
  });
  for (
    const body of [
      "",
      "Please use HTTPS!",
      "Client sent an HTTP request to an HTTPS server.\n",
      "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
      '{"detail":"Invalid input format"}',
      '{"detail":"Missing data"}',
      `A proxy says: ${reason}`,
    ]
  ) {
    assertEquals(interpretAnswer({ status: 400, body }), { kind: "ambiguous" }, body);
  }
});

Deno.test("interpretAnswer cuts a reason that repeats a long value", () => {
  const body = `Input validation failed: ${"9".repeat(10_000)}`;
  assertEquals(interpretAnswer({ status: 400, body }), {
    kind: "refused",
    reason: body.slice(0, 300),
  });
});

Deno.test("interpretAnswer keeps what the bot may not do apart from what a proxy does not let through", () => {
  assertEquals(interpretAnswer({ status: 401, body: "Access denied" }), {
    kind: "denied",
    status: 401,
  });
  assertEquals(interpretAnswer({ status: 403, body: "" }), { kind: "denied", status: 403 });
  assertEquals(interpretAnswer({ status: 413, body: "<html>" }), { kind: "too-large" });
});

Deno.test("interpretError tells a timeout from all else that leaves a request without an answer", () => {
  const options = { method: "PUT", url: "http://x/api?b=***" };
  const cause = new DOMException("late", "TimeoutError");
  assertEquals(interpretError(new GrafoleanError("late", { ...options, cause })), {
    kind: "unavailable",
    isTimeout: true,
  });
  assertEquals(interpretError(new GrafoleanError("refused", options)), { kind: "unavailable" });
  assertEquals(interpretError("no error at all"), { kind: "unavailable" });
});
