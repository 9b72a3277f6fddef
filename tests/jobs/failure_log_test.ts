import { assertEquals } from "@std/assert";
import { FailureLog } from "../../src/jobs/failure_log.ts";
import { createLogger } from "../../src/util/log.ts";

function setUp() {
  const clock = { now: 0 };
  const logged: string[] = [];
  const log = createLogger(({ level, message }) => {
    if (level !== "debug") logged.push(`${level} ${message}`);
  });
  return { clock, logged, log, failures: new FailureLog(() => clock.now, log) };
}

Deno.test("FailureLog logs a failure once, again after an hour, and on recovery", () => {
  const { clock, logged, log, failures } = setUp();
  for (let minute = 0; minute <= 61; minute++) {
    clock.now = minute * 60_000;
    // The duration differs, but the failure is the same.
    failures.failed("a", `Failed after 0.${minute} s: no answer`, log);
  }
  failures.succeeded("a", log);
  failures.succeeded("a", log);
  assertEquals(logged, [
    "error Failed after 0.0 s: no answer",
    "error Failed after 0.60 s: no answer (61 failed runs in a row)",
    "info Recovered after 62 failed runs",
  ]);
});

Deno.test("FailureLog ignores durations, with or without a fraction, when it compares failures", () => {
  const { logged, log, failures } = setUp();
  for (const seconds of ["0", "0.002", "1", "12.5"]) {
    failures.failed("a", `Failed after ${seconds} s: no answer`, log);
  }
  assertEquals(logged, ["error Failed after 0 s: no answer"]);
});

Deno.test("FailureLog keeps the log readable when every job fails or recovers", () => {
  const { clock, logged, log, failures } = setUp();
  const jobs = Array.from({ length: 1000 }, (_, i) => `${i}`);
  for (const job of jobs) failures.failed(job, `no answer of ${job}`, log);
  assertEquals(logged.splice(0), [
    ...jobs.slice(0, 20).map((job) => `error no answer of ${job}`),
    "error More jobs are failing: beyond 20 a minute they are logged at debug level",
  ]);
  for (let minute = 1; minute < 60; minute++) {
    clock.now = minute * 60_000;
    for (const job of jobs) failures.failed(job, `no answer of ${job}`, log);
  }
  assertEquals(logged.splice(0), ["error 980 more jobs failed in that minute"]);
  clock.now += 30_000;
  for (const job of jobs) failures.succeeded(job, log);
  clock.now += 60_000;
  failures.succeeded("0", log);
  assertEquals(logged.splice(0), [
    ...jobs.slice(0, 20).map(() => "info Recovered after 60 failed runs"),
    "info 980 more jobs recovered in that minute",
  ]);
});

Deno.test("FailureLog logs a different failure of the same job at once, and keeps jobs apart", () => {
  const { logged, log, failures } = setUp();
  failures.failed("a", "no answer", log);
  failures.failed("b", "no answer", log);
  failures.failed("a", "wrong password", log);
  failures.failed("a", "no answer", log);
  assertEquals(logged, [
    "error no answer",
    "error no answer",
    "error wrong password (2 failed runs in a row)",
    "error no answer (3 failed runs in a row)",
  ]);
});

Deno.test("FailureLog forgets a removed job", () => {
  const { logged, log, failures } = setUp();
  failures.failed("a", "no answer", log);
  failures.forget("a");
  failures.succeeded("a", log);
  failures.failed("a", "no answer", log);
  assertEquals(logged, ["error no answer", "error no answer"]);
});

Deno.test("FailureLog counts the jobs whose last run failed", () => {
  const { log, failures } = setUp();
  failures.failed("a", "no answer", log);
  failures.failed("a", "no answer", log);
  failures.failed("b", "no answer", log);
  assertEquals(failures.count, 2);
  failures.succeeded("a", log);
  failures.forget("b");
  assertEquals(failures.count, 0);
});
