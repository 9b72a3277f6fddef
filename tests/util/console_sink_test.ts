import { assert, assertEquals } from "@std/assert";
import { consoleSink, formatRecord } from "../../src/util/console_sink.ts";
import type { LogRecord } from "../../src/util/log.ts";

const time = new Date("2026-11-24T08:05:03.007Z");

function record(fields: Partial<LogRecord> = {}): LogRecord {
  return { time, level: "info", message: "hello", ...fields };
}

Deno.test("formatRecord makes one line of time, level, job and message", () => {
  assertEquals(formatRecord(record(), false), "2026-11-24T08:05:03.007Z INFO  hello");
  assertEquals(
    formatRecord(record({ level: "error", jobId: "kitchen" }), false),
    "2026-11-24T08:05:03.007Z ERROR [kitchen] hello",
  );
});

Deno.test("formatRecord colours the level, and only where it is asked to", () => {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    // deno-lint-ignore no-control-regex
    assert(/ \x1b\[\d+m[A-Z]+ *\x1b\[0m hello$/.test(formatRecord(record({ level }), true)));
    assert(!formatRecord(record({ level }), false).includes("\x1b"));
  }
});

Deno.test("formatRecord lets nothing break the line, steer the terminal or turn the text around", () => {
  const message = "a\nb\r\tc\x1b[31md\x00e\x9bf\u2028g\u202eh\u2066i ünïcödé 👩‍🔧 °C";
  assertEquals(
    formatRecord(record({ message, jobId: "x\n2026 ERROR" }), false),
    "2026-11-24T08:05:03.007Z INFO  [x\\n2026 ERROR] a\\nb\\r\\tc\\x1b[31md\\x00e\\x9bf\\u2028g\\u202eh\\u2066i ünïcödé 👩‍🔧 °C",
  );
});

Deno.test("consoleSink hands each record over as a line", () => {
  const lines: string[] = [];
  const sink = consoleSink({ write: (line) => lines.push(line) });
  sink(record());
  sink(record({ message: "100 %s %c" }));
  assertEquals(lines, [
    "2026-11-24T08:05:03.007Z INFO  hello",
    "2026-11-24T08:05:03.007Z INFO  100 %s %c",
  ]);
});
