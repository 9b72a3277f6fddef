import { assertEquals, assertThrows } from "@std/assert";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { FakeTurns } from "../turns.ts";
import { VirtualTime } from "../virtual_time.ts";

const NOW = 1_800_000_000;

function setUp() {
  const lines: string[] = [];
  const log = createLogger(({ level, message, jobId }) => {
    const job = jobId === undefined ? "" : `[${jobId}] `;
    if (level !== "debug") lines.push(`${level} ${job}${message}`);
  });
  const problems = new ProblemLog(log);
  return { lines, log, problems };
}

Deno.test("ProblemLog logs a problem when it begins, every hour, and when it ends", () => {
  using time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  for (let minute = 0; minute <= 61; minute++) {
    if (minute > 0) time.advance(60);
    problems.raise("a", `No answer within ${minute} s`, { level: "error" });
  }
  problems.clear("a");
  problems.clear("a");
  assertEquals(lines, [
    "error No answer within 0 s",
    "error No answer within 60 s (61 times in 60 min)",
    "info Resolved after 61 min (62 times): No answer within 61 s",
  ]);
});

Deno.test("ProblemLog logs each new cause at once, and none twice within an hour", () => {
  using time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  for (const message of ["no answer", "wrong password", "no answer", "wrong password"]) {
    problems.raise("a", message);
    time.advance(10);
  }
  assertEquals(lines, ["warn no answer", "warn wrong password (2 times in 10 s)"]);
});

Deno.test("ProblemLog keeps 20 causes of a problem, whatever its messages", () => {
  using time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  const raise = (cause: string) => {
    time.advance(60);
    problems.raise("a", cause);
  };
  const causes = Array.from("abcdefghijklmnopqrst");
  for (const cause of [...causes, ...causes]) raise(cause);
  assertEquals(lines.length, 20);
  for (const cause of ["u", "a"]) raise(cause);
  assertEquals(lines.length, 22);
});

Deno.test("ProblemLog writes the end of a problem to the log that it was last raised with", () => {
  using _time = new VirtualTime(NOW);
  const { lines, log, problems } = setUp();
  problems.raise("a", "no answer", { log });
  problems.raise("a", "no answer", { log: { ...log, info: log.error } });
  problems.clear("a");
  assertEquals(lines, ["warn no answer", "error Resolved after 0 s (2 times): no answer"]);
});

Deno.test("ProblemLog logs a problem that comes and goes once a minute", () => {
  using time = new VirtualTime(1_800_000_000);
  const { lines, problems } = setUp();
  for (let second = 0; second < 180; second += 2) {
    problems.raise("a", "no answer");
    time.advance(1);
    problems.clear("a");
    time.advance(1);
  }
  const once = ["warn no answer", "info Resolved after 1 s: no answer"];
  assertEquals(lines.filter((line) => !line.startsWith("debug")), [...once, ...once, ...once]);
  problems.raise("a", "no network");
  assertEquals(lines.at(-1), "warn no network");
});

Deno.test("ProblemLog logs a problem that has come back to stay", () => {
  using time = new VirtualTime(1_800_000_000);
  const { lines, problems } = setUp();
  problems.raise("a", "no answer");
  problems.clear("a");
  for (let second = 0; second < 120; second++) {
    problems.raise("a", "no answer");
    time.advance(1);
  }
  assertEquals(lines.filter((line) => line.startsWith("warn")).length, 2);
  problems.clear("a");
  assertEquals(lines.at(-1), "info Resolved after 2 min (120 times): no answer");
});

Deno.test("ProblemLog logs a problem that has come back to stay although it is raised only once", () => {
  using time = new VirtualTime(1_800_000_000);
  const { lines, problems } = setUp();
  problems.raise("a", "no answer");
  problems.clear("a");
  time.advance(10);
  problems.raise("a", "no answer");
  time.advance(49);
  problems.tick();
  assertEquals(lines, ["warn no answer", "info Resolved after 0 s: no answer"]);
  for (let second = 0; second < 120; second++) {
    time.advance(1);
    problems.tick();
  }
  assertEquals(lines.slice(2), ["warn no answer"]);
  problems.clear("a");
  assertEquals(lines.at(-1), "info Resolved after 3 min: no answer");
});

Deno.test("ProblemLog keeps scopes apart, and forgets one without a line", () => {
  using _time = new VirtualTime(NOW);
  const { lines, log, problems } = setUp();
  problems.raise("a", "no answer", { scope: "router" });
  problems.raise("a", "no answer", { scope: "switch" });
  problems.raise("a", "no network");
  problems.clear("a", { scope: "switch" });
  problems.forget("router");
  problems.clear("a", { scope: "router" });
  assertEquals(lines, [
    "warn no answer",
    "warn no answer",
    "warn no network",
    "info Resolved after 0 s: no answer",
  ]);
  assertEquals(problems.open().map(({ message, scope }) => [message, scope]), [
    ["no network", undefined],
  ]);
  problems.raise("a", "no answer", { scope: "router", log: { ...log, warn: log.error } });
  assertEquals(lines.at(-1), "error no answer");
});

Deno.test("ProblemLog lists the open problems with their age and count", () => {
  using time = new VirtualTime(NOW);
  const { problems } = setUp();
  problems.raise("a", "no answer", { scope: "router", kind: "failing jobs", level: "error" });
  time.advance(5);
  problems.raise("a", "wrong password", { scope: "router", kind: "failing jobs", times: 4 });
  assertEquals(problems.open(), [{
    key: "a",
    scope: "router",
    message: "wrong password",
    level: "warn",
    kind: "failing jobs",
    since: NOW,
    times: 5,
  }]);
});

Deno.test("ProblemLog lists the problems of the whole bot first and those of jobs last, in their order", () => {
  const { problems } = setUp();
  const raise = (scope?: string) => problems.raise("a", "no answer", scope ? { scope } : {});
  const clear = (scope?: string) => problems.clear("a", scope ? { scope } : {});
  const scopes = () => problems.open().map(({ scope = "bot" }) => scope);
  for (const scope of ["job a", "account 1", undefined, "account 2"]) raise(scope);
  assertEquals(scopes(), ["bot", "account 1", "account 2", "job a"]);
  for (const scope of [undefined, "account 1"]) {
    clear(scope);
    raise(scope);
  }
  assertEquals(scopes(), ["bot", "account 2", "account 1", "job a"]);
  assertEquals(problems.open(2).length, 2);
});

Deno.test("ProblemLog keeps the log readable when thousands have a problem", () => {
  using time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  const jobs = Array.from({ length: 1000 }, (_, n) => `job ${n}`);
  const kind = "failing jobs";
  const raiseAll = () => {
    for (const job of jobs) problems.raise(job, `${job} fails`, { kind, level: "error" });
  };
  raiseAll();
  problems.raise("other", "another kind");
  assertEquals(lines.splice(0), [
    ...jobs.slice(0, 20).map((job) => `error ${job} fails`),
    "warn another kind",
  ]);
  time.advance(60);
  raiseAll();
  assertEquals(lines.splice(0), ["error More failing jobs, logged at debug level: 980"]);
  for (const job of jobs) problems.clear(job);
  problems.flush();
  problems.flush();
  // Only those that were logged when they began.
  assertEquals(
    lines,
    jobs.slice(0, 20).map((job) => `info Resolved after 60 s (2 times): ${job} fails`),
  );
});

Deno.test("ProblemLog.report ends the problems of a group that are not reported any more", () => {
  using _time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  problems.raise("devices", "not of the group");
  problems.report("devices", ["a", "b", "b"]);
  problems.report("devices", ["b", "c"]);
  problems.report("sensors", []);
  assertEquals(lines, [
    "warn not of the group",
    "warn a",
    "warn b",
    "info Resolved after 0 s: a",
    "warn c",
  ]);
  problems.report("devices", []);
  assertEquals(problems.open().map(({ message }) => message), ["not of the group"]);
});

Deno.test("ProblemLog.report lets everything else go on while it reports thousands of problems", async () => {
  using turns = new FakeTurns();
  const { problems } = setUp();
  const messages = Array.from({ length: 3000 }, (_, n) => `device ${n}`);
  const reported = problems.report("devices", messages);
  assertEquals(problems.open().length, 100);
  await reported;
  assertEquals(problems.open().length, 3000);
  turns.work(5);
  const ended = problems.report("devices", []);
  assertEquals(problems.open().length, 2900);
  await ended;
  assertEquals(problems.open(), []);
});

Deno.test("ProblemLog.report stops where its group is reported again, or its scope forgotten", async () => {
  using _turns = new FakeTurns();
  const { problems } = setUp();
  const messages = Array.from({ length: 300 }, (_, n) => `device ${n}`);
  const scope = "job a";
  await Promise.all([
    problems.report("devices", messages),
    problems.report("sensors", messages),
    problems.report("devices", messages.slice(299)),
    problems.report("devices", messages, { scope }),
    problems.forget(scope),
  ]);
  const open = problems.open().map(({ key }) => key.split(":")[0]);
  assertEquals(open.filter((group) => group === "sensors").length, 300);
  assertEquals(open.filter((group) => group === "devices").length, 1);
  assertEquals(open.length, 301);
});

Deno.test("ProblemLog.report throws where it is called if it gets no list of messages", () => {
  const { problems } = setUp();
  assertThrows(() => problems.report("devices", undefined as unknown as string[]), TypeError);
});

Deno.test("ProblemLog ends a problem that has expired", () => {
  using time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  const raise = () => problems.raise("lost", "Packets are lost", { expiresAfter: 600 });
  raise();
  problems.raise("other", "Something else", { expiresAfter: 10_000 });
  time.advance(500);
  raise();
  time.advance(599);
  problems.tick();
  assertEquals(problems.open().length, 2);
  time.advance(1);
  problems.tick();
  assertEquals(lines, [
    "warn Packets are lost",
    "warn Something else",
    "info Resolved after 18 min (2 times): Packets are lost",
  ]);
  time.advance(10_000);
  problems.tick();
  assertEquals(problems.open(), []);
});

Deno.test("ProblemLog ends the first of several problems on time", () => {
  using time = new VirtualTime(NOW);
  const { problems } = setUp();
  problems.raise("soon", "soon", { expiresAfter: 10 });
  problems.raise("late", "late", { expiresAfter: 100 });
  time.advance(10);
  problems.tick();
  assertEquals(problems.open().map(({ key }) => key), ["late"]);
});

Deno.test("ProblemLog.event logs at most 20 lines a minute of a kind", () => {
  using time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  for (let n = 0; n < 25; n++) problems.event("refused values", `refused ${n}`);
  problems.event("dropped values", "dropped", { level: "error" });
  assertEquals(lines.splice(0).slice(19), ["warn refused 19", "error dropped"]);
  time.advance(60);
  problems.tick();
  assertEquals(lines, ["warn More refused values, logged at debug level: 5"]);
});

Deno.test("ProblemLog accepts an error as a message, as JavaScript code may pass one", () => {
  using _time = new VirtualTime(NOW);
  const { lines, problems } = setUp();
  const error: unknown = new Error("no answer");
  problems.raise("a", error as string);
  problems.clear("a");
  assertEquals(lines, ["warn Error: no answer", "info Resolved after 0 s: Error: no answer"]);
});

Deno.test("ProblemLog shortens a message of a megabyte", () => {
  const { lines, problems } = setUp();
  problems.raise("a", "x".repeat(1_000_000));
  problems.event("b", "y".repeat(1_000_000));
  assertEquals(lines, [`warn ${"x".repeat(1000)}…`, `warn ${"y".repeat(1000)}…`]);
  assertEquals(problems.open()[0]?.message, `${"x".repeat(1000)}…`);
});

Deno.test("ProblemLog forgets the oldest problems of a scope with a key that is never the same", () => {
  const { problems } = setUp();
  problems.raise("a", "no network");
  for (let n = 0; n < 10_005; n++) problems.raise(`at ${n}`, "no answer", { scope: "router" });
  const keys = problems.open().map(({ key }) => key);
  assertEquals([keys.length, keys[0], keys[1], keys.at(-1)], [10_001, "a", "at 5", "at 10004"]);
});
