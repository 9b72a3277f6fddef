import { assertEquals, assertMatch } from "@std/assert";
import { consoleSink } from "../../src/util/console_sink.ts";
import type { LogRecord } from "../../src/util/log.ts";

const time = new Date("2026-11-24T08:05:03.007Z");

function format(fields: Partial<LogRecord> = {}, color?: boolean): string {
  const lines: string[] = [];
  const sink = consoleSink({ write: (line) => lines.push(line), ...(color && { color }) });
  sink({ time, level: "info", message: "hello", ...fields });
  assertEquals(lines.length, 1);
  return lines[0]!;
}

Deno.test("consoleSink writes one line of time, level, job and message", () => {
  assertEquals(format(), "2026-11-24T08:05:03.007Z INFO  hello");
  assertEquals(
    format({ level: "error", jobId: "kitchen" }),
    "2026-11-24T08:05:03.007Z ERROR [kitchen] hello",
  );
  assertEquals(format({ message: "100 %s %c" }), "2026-11-24T08:05:03.007Z INFO  100 %s %c");
});

Deno.test("consoleSink colors the level only if asked to", () => {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    // deno-lint-ignore no-control-regex
    assertMatch(format({ level }, true), / \x1b\[\d+m[A-Z]+ *\x1b\[0m hello$/);
    assertEquals(format({ level }).includes("\x1b"), false);
  }
});

Deno.test("consoleSink writes JSON with the fields in a fixed order, escaped as JSON does it", () => {
  const lines: string[] = [];
  const sink = consoleSink({ format: "json", color: true, write: (line) => lines.push(line) });
  sink({
    jobName: "a\nb",
    jobId: "7",
    message: 'c\x1b[31m "d" \x9b\u2028\u202e',
    level: "warn",
    time,
  });
  sink({ message: "hello", level: "info", time });
  assertEquals(lines, [
    '{"time":"2026-11-24T08:05:03.007Z","level":"warn",' +
    '"message":"c\\u001b[31m \\"d\\" \\u009b\\u2028\\u202e","jobId":"7","jobName":"a\\nb"}',
    '{"time":"2026-11-24T08:05:03.007Z","level":"info","message":"hello"}',
  ]);
});

Deno.test("consoleSink escapes what breaks the line, controls the terminal or reverses text", () => {
  const message = "a\nb\r\tc\x1b[31md\x00e\x9bf\u2028g\u202eh\u2066i ünïcödé 👩‍🔧 °C";
  assertEquals(
    format({ message, jobId: "x\n2026 ERROR" }),
    "2026-11-24T08:05:03.007Z INFO  [x\\n2026 ERROR] a\\nb\\r\\tc\\x1b[31md\\x00e\\x9bf\\u2028g\\u202eh\\u2066i ünïcödé 👩‍🔧 °C",
  );
});
