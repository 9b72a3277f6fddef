import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { judge, judgeError } from "../../src/delivery/answers.ts";
import { valuesRequest, wireTime } from "../../src/delivery/values_request.ts";
import { GrafoleanError } from "../../src/util/errors.ts";

Deno.test("judge takes nothing but a clear 204 for success", () => {
  assertEquals(judge({ status: 204, body: "" }).kind, "stored");
  for (const status of [200, 201, 202, 206, 301, 302, 307, 404, 405, 422, 418, 501]) {
    assertEquals(judge({ status, body: "<html>" }).kind, "unexpected", `${status}`);
  }
});

Deno.test("judge knows which failures pass by themselves", () => {
  for (const status of [408, 425, 429, 502, 503, 504]) {
    assertEquals(judge({ status, body: "" }), { kind: "unavailable" }, `${status}`);
    assertEquals(judge({ status, body: "", retryAfterMs: 7000 }), {
      kind: "unavailable",
      retryAfterMs: 7000,
    });
  }
  assertEquals(judge({ status: 503, body: "", retryAfterMs: 1e12 }), {
    kind: "unavailable",
    retryAfterMs: 3_600_000,
  });
});

Deno.test("judge tells the two kinds of 500 apart", () => {
  assertEquals(judge({ status: 500, body: "Could not validate access" }), {
    kind: "unavailable",
    atOnce: true,
  });
  assertEquals(judge({ status: 500, body: "Internal Server Error" }).kind, "doubtful");
});

Deno.test("judge keeps the reason of a 400 and the status of a refusal", () => {
  const reason = "Input validation failed: Invalid MeasuredValue format: None";
  assertEquals(judge({ status: 400, body: reason }), { kind: "bad-request", reason });
  assertEquals(judge({ status: 401, body: "Access denied" }), { kind: "denied", status: 401 });
  assertEquals(judge({ status: 403, body: "" }), { kind: "denied", status: 403 });
  assertEquals(judge({ status: 413, body: "<html>" }), { kind: "too-large" });
});

Deno.test("judgeError says when the time was over", () => {
  const options = { method: "PUT", url: "http://x/api?b=***" };
  const cause = new DOMException("late", "TimeoutError");
  assertEquals(judgeError(new GrafoleanError("late", { ...options, cause })), {
    kind: "unavailable",
    timedOut: true,
  });
  assertEquals(judgeError(new GrafoleanError("refused", options)), { kind: "unavailable" });
});

Deno.test("wireTime is exact to the microsecond in the form the backend reads", () => {
  assertEquals(wireTime(1795452484650641), "1795452484.650641");
  assertEquals(wireTime(1795452484000000), "1795452484.000000");
  assertEquals(wireTime(5), 0.000005);
  fc.assert(fc.property(fc.integer({ min: 10_000_000, max: 4e15 }), (t) => {
    const text = String(wireTime(t));
    assert(/^[1-9][0-9]{1,9}(\.[0-9]{1,6})?$/.test(text), text);
    assertEquals(BigInt(text.replace(".", "")), BigInt(t));
  }));
});

Deno.test("valuesRequest gives a PUT its times and a POST none", () => {
  const values = [{ p: "a", v: 1.5, t: 1795452484650641 }, { p: "b", v: "2", t: 1795452484650641 }];
  assertEquals(valuesRequest("POST", 7, values), {
    method: "POST",
    path: "/accounts/7/values",
    body: '[{"p":"a","v":1.5},{"p":"b","v":"2"}]',
  });
  assertEquals(JSON.parse(valuesRequest("PUT", 7, values).body!), [
    { p: "a", v: 1.5, t: "1795452484.650641" },
    { p: "b", v: "2", t: "1795452484.650641" },
  ]);
});

Deno.test("judge does not take the 400 of a proxy for the verdict on a value", () => {
  const body = "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>";
  assertEquals(judge({ status: 400, body }), { kind: "unexpected" });
});

Deno.test("judge waits where a 500 asks for it", () => {
  assertEquals(judge({ status: 500, body: "Internal Server Error", retryAfterMs: 3000 }), {
    kind: "doubtful",
    retryAfterMs: 3000,
  });
});
