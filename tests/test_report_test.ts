import { assertEquals } from "@std/assert";
import { summaryLine, TestReport } from "./test_report.ts";

function reportOf(...texts: string[]): TestReport {
  const report = new TestReport();
  for (const text of texts) report.read(text);
  return report;
}

const RESULTS = `./a_test.ts => Outbox keeps a value ... ok (1ms)
------- output -------
./a_test.ts => Outbox drops a value ...----- output end -----
./a_test.ts => Outbox drops a value ... FAILED (1m2s)
./a_test.ts => Outbox sends ... step one ... ok (0ms)
./a_test.ts => Outbox sends ... FAILED (due to 1 failed step) (1ms)
./a_test.ts => Outbox waits (needs snmpd) ... ignored (0ms)
./b_test.ts => Outbox ends ... cancelled (0ms)
Uncaught error from ./b_test.ts FAILED
./README.md#3-5.ts => file:///tmp/README.md#3-5.ts ... ok (488µs)
`;

Deno.test("TestReport counts results as they come, with no summary", () => {
  for (const length of [RESULTS.length, 7]) {
    const chunks = RESULTS.match(new RegExp(`[^]{1,${length}}`, "g"))!;
    const report = reportOf(...chunks);
    assertEquals(report.count, { passed: 2, failed: 4, skipped: 1 });
    assertEquals(report.skipped, ["./a_test.ts => Outbox waits (needs snmpd)"]);
  }
});

Deno.test("TestReport reads the summary of deno test in all its forms", () => {
  const forms = [
    ["ok | 1 passed | 0 failed (89ms)", 1, 0, 0],
    ["FAILED | 3 passed (1 step) | 2 failed (1 step) | 1 ignored (107ms)", 3, 2, 1],
    ["ok | 0 passed | 0 failed | 2 ignored (3 steps) | 5 filtered out (1m2s)", 0, 0, 2],
    ["\x1b[0m\x1b[32mok\x1b[0m | 12 passed | 0 failed \x1b[0m\x1b[38;5;245m(7ms)\x1b[0m", 12, 0, 0],
  ] as const;
  for (const [line, passed, failed, skipped] of forms) {
    const { count } = reportOf(`./a_test.ts => a ... ok (1ms)\r\n\r\n${line}\r\n\r\n`);
    assertEquals(count, { passed, failed, skipped });
  }
});

Deno.test("TestReport ignores summaries that tests print", () => {
  const printed = "ok | 5 passed | 0 failed (1ms)\n";
  const { count } = reportOf(printed, "./a_test.ts => a ... ok (1ms)\n", "and: ", printed);
  assertEquals(count, { passed: 1, failed: 0, skipped: 0 });
});

Deno.test("TestReport counts nothing where nothing compiled", () => {
  const { count } = reportOf("error: Type checking failed.\n");
  assertEquals(count, { passed: 0, failed: 0, skipped: 0 });
});

Deno.test("summaryLine names skipped tests only if there are any", () => {
  assertEquals(summaryLine({ passed: 2, failed: 1, skipped: 0 }), "2 passed, 1 failed");
  assertEquals(summaryLine({ passed: 2, failed: 0, skipped: 3 }), "2 passed, 0 failed, 3 skipped");
});
