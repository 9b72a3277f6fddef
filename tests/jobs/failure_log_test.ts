import { assertEquals } from "@std/assert";
import { FailureLog } from "../../src/jobs/failure_log.ts";
import { createLogger } from "../../src/log.ts";

function setUp() {
  const clock = { now: 0 };
  const said: string[] = [];
  const log = createLogger(({ level, message }) => {
    if (level !== "debug") said.push(`${level} ${message}`);
  });
  return { clock, said, log, failures: new FailureLog(() => clock.now) };
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
