import { assertEquals } from "@std/assert";
import { createLogger, filterSink, LOG_LEVELS, type LogRecord } from "../../src/util/log.ts";
import { replaceNow } from "../virtual_time.ts";

Deno.test("createLogger passes on time, level, message and job id", () => {
  const records: LogRecord[] = [];
  const sink = (record: LogRecord) => void records.push(record);
  for (const level of LOG_LEVELS) createLogger(sink, { now: () => 5 })[level](`a ${level}`);
  createLogger(sink, { now: () => 6, jobId: "kitchen" }).info("done");
  assertEquals(records, [
    ...LOG_LEVELS.map((level) => ({ time: new Date(5), level, message: `a ${level}` })),
    { time: new Date(6), level: "info", jobId: "kitchen", message: "done" },
  ]);
});

Deno.test("filterSink passes on its level and above", () => {
  for (const [n, least] of LOG_LEVELS.entries()) {
    const levels: string[] = [];
    const log = createLogger(filterSink(({ level }) => void levels.push(level), least));
    for (const level of LOG_LEVELS) log[level]("something");
    assertEquals(levels, LOG_LEVELS.slice(n));
  }
});

Deno.test("createLogger makes no record below its level", () => {
  for (const [n, level] of LOG_LEVELS.entries()) {
    const levels: string[] = [];
    const log = createLogger((record) => void levels.push(record.level), { level });
    for (const each of LOG_LEVELS) log[each]("something");
    assertEquals(levels, LOG_LEVELS.slice(n));
  }
});

Deno.test("createLogger has the time of the global clock, even if a test replaces that later", () => {
  const times: number[] = [];
  const log = createLogger(({ time }) => void times.push(time.getTime()));
  using _clock = replaceNow(() => 5);
  log.info("done");
  assertEquals(times, [5]);
});
