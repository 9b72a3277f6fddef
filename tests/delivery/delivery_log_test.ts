import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AccountFailure } from "../../src/delivery/account_failure.ts";
import type { AccountSender } from "../../src/delivery/account_sender.ts";
import type { Verdict } from "../../src/delivery/answers.ts";
import { newBatch } from "../../src/delivery/batch.ts";
import { DeliveryLog } from "../../src/delivery/delivery_log.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { VirtualTime } from "../virtual_time.ts";
import { waitingValues } from "./values.ts";

const STORED: Verdict = { kind: "stored" };
const UNAVAILABLE: Verdict = { kind: "unavailable" };

function setUp() {
  const time = new VirtualTime(1_800_000_000);
  const lines: string[] = [];
  const log = createLogger(({ level, message }) => {
    if (level !== "debug") lines.push(`${level} ${message}`);
  });
  const problems = new ProblemLog(log);
  const deliveryLog = new DeliveryLog(problems);
  const { values } = waitingValues(1);
  let paths: string[] = [];
  const settled = (
    verdict: Verdict,
    {
      accountId = 1,
      method = "PUT" as "POST" | "PUT",
      error = "Grafolean at http://x/api answered 503",
      isFailing = verdict.kind !== "stored",
      isBrief = false,
      isIsolated = false,
      refused = [] as { p: string; reason: string }[],
    } = {},
  ) => {
    const kind = verdict.kind as AccountFailure["kind"];
    const failure = isFailing ? { kind, since: 0, times: 1, isBrief } : undefined;
    const queue = { quarantinedPaths: () => paths } as unknown as AccountSender["queue"];
    const sender = { accountId, failure, queue } as AccountSender;
    const isolated = { value: values[0]!, failedSince: 0 };
    deliveryLog.settled({
      sender,
      request: { method, batch: newBatch(values), ...(isIsolated ? { isolated } : {}) },
      verdict,
      error: verdict.kind === "stored"
        ? undefined
        : new Error(`${error} (${method} /accounts/1/values)`),
      refused: refused.map(({ p, reason }) => ({ value: { ...values[0]!, p }, reason })),
    });
  };
  return {
    ...{ time, lines, problems, deliveryLog, settled },
    quarantine: (names: string[]) => paths = names,
    [Symbol.dispose]: () => time[Symbol.dispose](),
  };
}

Deno.test("DeliveryLog logs an outage and its end once each", () => {
  using it = setUp();
  for (let n = 0; n < 100; n++) {
    it.time.advance(10);
    // The same cause, however it is sent.
    it.settled(UNAVAILABLE, { method: n % 2 === 0 ? "POST" : "PUT" });
  }
  assertEquals(it.lines, [
    "warn Cannot deliver values of account 1: Grafolean at http://x/api answered 503",
  ]);
  it.settled(STORED);
  it.settled(STORED);
  assertEquals(it.lines.length, 2);
  assert(it.lines[1]!.startsWith("info Resolved after 17 min"), it.lines[1]);
});

Deno.test("DeliveryLog logs a new cause at once, as an error if it does not pass by itself", () => {
  using it = setUp();
  for (let n = 0; n < 50; n++) {
    it.settled(UNAVAILABLE);
    it.settled({ kind: "ambiguous" }, { error: "Grafolean fails" });
    it.settled({ kind: "denied", status: 401 }, { error: "the token is unknown" });
    it.settled({ kind: "unexpected" }, { error: "a login page" });
  }
  assertEquals(it.lines.map((line) => line.split(" ")[0]), ["warn", "warn", "error", "error"]);
  assertEquals(it.problems.open().length, 1);
  assertStringIncludes(it.problems.open()[0]!.message, "a login page");
});

Deno.test("DeliveryLog does not repeat for each of a thousand accounts that the backend is away", () => {
  using it = setUp();
  for (let accountId = 1; accountId <= 1000; accountId++) it.settled(UNAVAILABLE, { accountId });
  assertEquals(it.lines.length, 20);
  it.time.advance(60);
  it.problems.tick();
  assertEquals(it.lines.length, 21);
  assertStringIncludes(it.lines[20]!, "980");
  for (let accountId = 1; accountId <= 1000; accountId++) it.settled(STORED, { accountId });
  it.problems.flush();
  assert(it.lines.length <= 21 + 21, `${it.lines.length}`);
  assertEquals(it.problems.open(), []);
});

Deno.test("DeliveryLog keeps a missing permission apart from an outage, and tells what waits for it", () => {
  using it = setUp();
  const denied: Verdict = { kind: "denied", status: 403 };
  const missing = { error: "grant PUT accounts/1/values", isFailing: false };
  for (let n = 0; n < 10; n++) {
    it.settled(denied, missing);
    it.settled(STORED, { method: "POST" });
  }
  assertEquals(it.lines.length, 1);
  assert(
    it.lines[0]!.startsWith("error Cannot deliver values of account 1 that had to wait: grant PUT"),
  );
  it.settled(denied, { ...missing, method: "POST", error: "grant POST" });
  assert(it.lines[1]!.startsWith("warn Sending all values of account 1 by PUT: grant POST"));
  it.settled(STORED, { method: "PUT" });
  assertEquals(it.problems.open().map(({ key }) => key), ["POST"]);
  it.settled(STORED, { method: "POST" });
  assertEquals(it.problems.open(), []);
});

Deno.test("DeliveryLog names five of the paths in quarantine, and counts the others", () => {
  using it = setUp();
  it.quarantine(Array.from({ length: 8 }, (_, n) => `p${n}`));
  it.settled({ kind: "ambiguous" }, { isIsolated: true, isFailing: false });
  assertStringIncludes(it.lines[0]!, '"p0", "p1", "p2", "p3", "p4" and 3 more paths');
  it.settled(STORED);
  assertEquals(it.problems.open().length, 1, "other values say nothing about them");
  it.quarantine([]);
  it.settled(STORED, { isIsolated: true });
  assertEquals([it.problems.open(), it.lines.length], [[], 2]);
});

Deno.test("DeliveryLog logs 20 refused values a minute, and how many more there were", () => {
  using it = setUp();
  for (let n = 0; n < 100; n++) {
    it.settled({ kind: "refused", reason: "bad" }, {
      isFailing: false,
      refused: [{ p: `p${n}`, reason: "bad" }],
    });
  }
  assertEquals(it.lines.length, 20);
  assertEquals(it.lines[0], 'warn Value 0 at "p0" of account 1 was refused by Grafolean: bad');
  it.time.advance(60);
  it.problems.tick();
  assertStringIncludes(it.lines[20]!, "80");
});

Deno.test("DeliveryLog counts dropped values, and ends the problem ten minutes after the last", () => {
  using it = setUp();
  for (let n = 0; n < 100; n++) {
    it.time.advance(10);
    it.deliveryLog.dropped(5);
  }
  assertEquals(it.lines.length, 1);
  assertEquals(it.problems.open()[0]!.times, 500);
  it.time.advance(599);
  it.problems.tick();
  assertEquals(it.problems.open().length, 1);
  it.time.advance(2);
  it.problems.tick();
  assertEquals([it.problems.open(), it.lines.length], [[], 2]);
});
