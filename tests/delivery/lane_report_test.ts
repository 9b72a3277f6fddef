import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Verdict } from "../../src/delivery/answers.ts";
import { LaneReport } from "../../src/delivery/lane_report.ts";
import { createLogger, type LogRecord } from "../../src/util/log.ts";

const STORED: Verdict = { kind: "stored" };
const AWAY: Verdict = { kind: "unavailable" };

function setUp() {
  const lines: LogRecord[] = [];
  const clock = { now: 0 };
  const report = new LaneReport(
    createLogger((record) => void lines.push(record)),
    { backendUrl: "http://x/api" },
    () => clock.now,
  );
  const settled = (accountId: number, verdict: Verdict, stuck = verdict.kind !== "stored") =>
    report.settled({ accountId, stuck }, "PUT", verdict, "it answered 503", {
      waiting: 5,
      place: "memory",
    });
  const said = () => lines.filter(({ level }) => level !== "debug").map(({ message }) => message);
  return { report, settled, said, clock, lines };
}

Deno.test("LaneReport says a trouble once, and its end once", () => {
  const { settled, said, clock } = setUp();
  for (let n = 0; n < 100; n++) {
    clock.now += 10_000;
    settled(1, AWAY);
  }
  assertEquals(said().length, 1);
  assertStringIncludes(said()[0]!, "account 1");
  settled(1, STORED);
  settled(1, STORED);
  assertEquals(said().length, 2);
  assertStringIncludes(said()[1]!, "again after 990 s");
});

Deno.test("LaneReport says what else goes wrong meanwhile, each once", () => {
  const { settled, said } = setUp();
  for (let n = 0; n < 50; n++) {
    settled(1, AWAY);
    settled(1, { kind: "denied", status: 401 });
    settled(1, { kind: "doubtful" });
  }
  assertEquals(said().length, 3);
});

Deno.test("LaneReport is not loud where a backend comes and goes", () => {
  const { settled, said, clock } = setUp();
  for (let n = 0; n < 600; n++) {
    clock.now += 1000;
    settled(1, n % 2 === 0 ? AWAY : STORED);
  }
  assert(said().length <= 22, `${said().length} lines in ten minutes`);
  assert(said().length >= 18, "that it comes and goes is worth more than one line");
});

Deno.test("LaneReport does not repeat for each of a thousand accounts that the backend is away", () => {
  const { settled, said, clock } = setUp();
  for (let account = 1; account <= 1000; account++) settled(account, AWAY);
  assertEquals(said().length, 10);
  clock.now += 60_000;
  settled(1001, AWAY);
  assertStringIncludes(said().at(-1)!, "(and 990 more accounts)");
  for (let account = 1; account <= 1000; account++) settled(account, STORED);
  // Those whose trouble was said.
  assertEquals(said().length, 11 + 10);
});

Deno.test("LaneReport names what was refused, up to a point", () => {
  const { report, said, clock } = setUp();
  const refuse = (id: number) =>
    report.refused(1, { value: { id, accountId: 1, p: `p${id}`, v: 1, t: 0 }, reason: "bad" });
  for (let id = 1; id <= 100; id++) refuse(id);
  assertEquals(said().length, 20);
  assertStringIncludes(said()[0]!, `"p1"`);
  clock.now += 60_000;
  refuse(101);
  assertStringIncludes(said().at(-1)!, "(and 80 more before it)");
});

Deno.test("LaneReport says a trouble that stays, though another one was just over", () => {
  const { settled, said, clock } = setUp();
  settled(1, AWAY);
  settled(1, STORED);
  for (let n = 0; n < 100; n++) {
    clock.now += 5000;
    settled(1, AWAY);
  }
  assertEquals(said().length, 3);
  settled(1, STORED);
  assertStringIncludes(said()[3]!, "again after 495 s");
});
