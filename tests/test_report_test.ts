import { assertEquals } from "@std/assert";
import { countTests, summaryLine } from "./test_report.ts";

Deno.test("countTests reads the summary of deno test in all its forms", () => {
  const forms = [
    ["ok | 1 passed | 0 failed (89ms)", 1, 0, 0],
    ["FAILED | 3 passed (1 step) | 2 failed (1 step) | 1 ignored (107ms)", 3, 2, 1],
    ["ok | 0 passed | 0 failed | 2 ignored (3 steps) | 5 filtered out (1m2s)", 0, 0, 2],
    ["\x1b[0m\x1b[32mok\x1b[0m | 12 passed | 0 failed \x1b[0m\x1b[38;5;245m(7ms)\x1b[0m", 12, 0, 0],
  ] as const;
  for (const [line, passed, failed, skipped] of forms) {
    assertEquals(countTests(`a ... ok (1ms)\r\n\r\n${line}\r\n\r\n`), { passed, failed, skipped });
  }
});

Deno.test("countTests believes the last summary only, and none within a line", () => {
  const output = "ok | 5 passed | 0 failed (1ms)\nsaid: ok | 9 passed | 0 failed (1ms)\n";
  assertEquals(countTests(output + "FAILED | 1 passed | 1 failed (1ms)\n")?.passed, 1);
  assertEquals(countTests(output)?.passed, 5);
});

Deno.test("countTests finds nothing where nothing compiled", () => {
  assertEquals(countTests("error: Type checking failed.\n"), undefined);
});

Deno.test("summaryLine names skipped tests only where there are some", () => {
  assertEquals(summaryLine({ passed: 2, failed: 1, skipped: 0 }), "2 passed, 1 failed");
  assertEquals(summaryLine({ passed: 2, failed: 0, skipped: 3 }), "2 passed, 0 failed, 3 skipped");
});
