import { assertEquals } from "@std/assert";
import { endRun, endRunOnce } from "../../src/bot/outcome.ts";
import { NO_STATS } from "../../src/collector/stats.ts";
import type { ResultsStats } from "../../src/delivery/results_stats.ts";
import { createLogger } from "../../src/util/log.ts";

const FILE = '"outbox.db"';

function logger() {
  const lines: string[] = [];
  return { lines, log: createLogger(({ level, message }) => lines.push(`${level} ${message}`)) };
}

/** What became of 100 values, with changes. */
function values(changes: Partial<ResultsStats> = {}): ResultsStats {
  return { ...NO_STATS.values, sent: 100, ...changes };
}

const RUNS: Record<string, [Partial<ResultsStats>, boolean, string]> = {
  "succeeds if all values are sent": [{}, true, "100 values sent"],
  "succeeds if values are refused": [{ refused: 3 }, true, "100 values sent, 3 refused"],
  "succeeds if what waits is in the file": [
    { waiting: 5, durable: true, place: FILE },
    true,
    `100 values sent, 5 kept in ${FILE} for the next start`,
  ],
  "names what is quarantined": [
    { waiting: 5, quarantined: 2, durable: true, place: FILE },
    true,
    `100 values sent, 5 kept in ${FILE} for the next start (2 quarantined)`,
  ],
  "fails if what waits is in memory": [
    { sent: 0, waiting: 1 },
    false,
    "1 value not delivered and lost, as no OUTBOX_FILE keeps them",
  ],
  "fails if the file does not have all that waits": [
    { waiting: 5, place: FILE },
    false,
    `100 values sent, 5 not delivered and lost where they are not in ${FILE}`,
  ],
  "fails if values were dropped": [
    { dropped: 2, durable: true, place: FILE },
    false,
    "100 values sent, 2 dropped as too many were waiting",
  ],
};

for (const [name, [changes, ok, line]] of Object.entries(RUNS)) {
  Deno.test(`endRun ${name}`, () => {
    const it = logger();
    assertEquals(endRun(values(changes), it.log), ok ? 0 : 1);
    assertEquals(it.lines, [`${ok ? "info" : "error"} Stopped: ${line}`]);
  });
}

const OK = { ok: 2, failed: 0, notRun: 0 };

const ONCE: Record<string, [Partial<typeof OK>, Partial<ResultsStats>, boolean, string]> = {
  "succeeds if all is well": [{}, {}, true, "2 jobs ok; 100 values sent"],
  "succeeds without values": [{}, { sent: 0 }, true, "2 jobs ok; no values"],
  "succeeds if some values are refused": [
    {},
    { refused: 3 },
    true,
    "2 jobs ok; 100 values sent, 3 refused",
  ],
  "fails if every value is refused": [
    {},
    { sent: 0, refused: 3 },
    false,
    "2 jobs ok; 3 values refused",
  ],
  "fails if a job fails": [{ failed: 1 }, {}, false, "2 jobs ok, 1 failed; 100 values sent"],
  "fails if a job is not run": [{ notRun: 1 }, {}, false, "2 jobs ok, 1 not run; 100 values sent"],
  "fails if values wait, even in the file": [
    {},
    { waiting: 5, durable: true, place: FILE },
    false,
    `2 jobs ok; 100 values sent, 5 kept in ${FILE} for the next start`,
  ],
  "fails if values were dropped": [
    {},
    { dropped: 2 },
    false,
    "2 jobs ok; 100 values sent, 2 dropped as too many were waiting",
  ],
};

for (const [name, [jobs, changes, ok, line]] of Object.entries(ONCE)) {
  Deno.test(`endRunOnce ${name}`, () => {
    const report = { ...OK, ...jobs, ...values(changes) };
    const it = logger();
    assertEquals(endRunOnce(report, values(changes), false, it.log), ok ? 0 : 1);
    assertEquals(it.lines, [`${ok ? "info" : "error"} ${line}`]);
  });
}

Deno.test("endRunOnce calls the values of a dry run collected", () => {
  const it = logger();
  endRunOnce({ ...OK, ...values() }, values(), true, it.log);
  assertEquals(it.lines, ["info 2 jobs ok; 100 values collected"]);
});
