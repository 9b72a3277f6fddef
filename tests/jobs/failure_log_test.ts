import { assertEquals } from "@std/assert";
import { FailureLog } from "../../src/jobs/failure_log.ts";
import { createLogger } from "../../src/util/log.ts";

function setUp() {
  const clock = { now: 0 };
  const said: string[] = [];
  const log = createLogger(({ level, message }) => {
    if (level !== "debug") said.push(`${level} ${message}`);
  });
  return { clock, said, log, failures: new FailureLog(() => clock.now, log) };
}

Deno.test("FailureLog says a failure once, again after an hour, and when it is over", () => {
  const { clock, said, log, failures } = setUp();
  for (let minute = 0; minute <= 61; minute++) {
    clock.now = minute * 60_000;
    // How long it took differs, but it is the same failure.
    failures.failed("a", `Failed after 0.${minute} s: no answer`, log);
  }
  failures.succeeded("a", log);
  failures.succeeded("a", log);
  assertEquals(said, [
    "error Failed after 0.0 s: no answer",
    "error Failed after 0.60 s: no answer (61 runs in a row have failed)",
    "info Works again after 62 failed runs",
  ]);
});

Deno.test("FailureLog takes durations with and without a fraction for the same", () => {
  const { said, log, failures } = setUp();
  for (const seconds of ["0", "0.002", "1", "12.5"]) {
    failures.failed("a", `Failed after ${seconds} s: no answer`, log);
  }
  assertEquals(said, ["error Failed after 0 s: no answer"]);
});

Deno.test("FailureLog keeps the log readable when everything fails, and when it works again", () => {
  const { clock, said, log, failures } = setUp();
  const jobs = Array.from({ length: 1000 }, (_, i) => `${i}`);
  for (const job of jobs) failures.failed(job, `no answer of ${job}`, log);
  assertEquals(said.splice(0), [
    ...jobs.slice(0, 20).map((job) => `error no answer of ${job}`),
    "error More jobs fail: beyond 20 a minute, they are said at debug level",
  ]);
  for (let minute = 1; minute < 60; minute++) {
    clock.now = minute * 60_000;
    for (const job of jobs) failures.failed(job, `no answer of ${job}`, log);
  }
  assertEquals(said.splice(0), ["error In that minute 980 more failed"]);
  clock.now += 30_000;
  for (const job of jobs) failures.succeeded(job, log);
  clock.now += 60_000;
  failures.succeeded("0", log);
  assertEquals(said.splice(0), [
    ...jobs.slice(0, 20).map(() => "info Works again after 60 failed runs"),
    "info In that minute 980 more recovered",
  ]);
});

Deno.test("FailureLog says another failure of the same job at once, and keeps jobs apart", () => {
  const { said, log, failures } = setUp();
  failures.failed("a", "no answer", log);
  failures.failed("b", "no answer", log);
  failures.failed("a", "wrong password", log);
  failures.failed("a", "no answer", log);
  assertEquals(said, [
    "error no answer",
    "error no answer",
    "error wrong password (2 runs in a row have failed)",
    "error no answer (3 runs in a row have failed)",
  ]);
});

Deno.test("FailureLog forgets a job that is not known any more", () => {
  const { said, log, failures } = setUp();
  failures.failed("a", "no answer", log);
  failures.forget("a");
  failures.succeeded("a", log);
  failures.failed("a", "no answer", log);
  assertEquals(said, ["error no answer", "error no answer"]);
});

Deno.test("FailureLog counts the jobs whose last run has failed", () => {
  const { log, failures } = setUp();
  failures.failed("a", "no answer", log);
  failures.failed("a", "no answer", log);
  failures.failed("b", "no answer", log);
  assertEquals(failures.count, 2);
  failures.succeeded("a", log);
  failures.forget("b");
  assertEquals(failures.count, 0);
});
