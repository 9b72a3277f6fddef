import type { Logger } from "@grafolean/collector";
import { assertEquals } from "@std/assert";
import { SnmpError } from "../client/snmp_error.ts";
import { type Problem, reportProblems } from "./problems.ts";

/** Returns what is reported about a sensor. */
function report(found: readonly Problem[] | SnmpError): string[] {
  const lines: string[] = [];
  const write = (kind: string) => (text: string) => void lines.push(`${kind}: ${text}`);
  const unused = () => {};
  const log: Logger = { debug: write("debug"), info: unused, warn: unused, error: unused };
  reportProblems({ title: '"traffic" (id 17)' }, found, {
    log,
    problems: {
      raise: (_key, text, { expiresAfter } = {}) =>
        write(`raise${expiresAfter === undefined ? "" : ` for ${expiresAfter} s`}`)(text),
      clear: write("clear"),
      event: unused,
      report: unused,
    },
  });
  return lines;
}

Deno.test("reportProblems names the sensor, the first indexes, the OID, the reason and what to do", () => {
  const found = ["1", "2", "3", "4", "5", "6", "7"].map((index): Problem => ({
    index,
    reason: "nothing there",
    culprit: `1.3.6.1.2.1.2.2.1.5.${index}`,
  }));
  assertEquals(report(found), [
    'raise: Sensor "traffic" (id 17) has no value for index 1, 2, 3, 4, 5 and 2 more (1.3.6.1.2.1.2.2.1.5.1): nothing there; check the OIDs of the sensor: a column needs WALK, and a single value GET with its index, such as .0',
  ]);
});

Deno.test("reportProblems tells what lasts from what passes", () => {
  assertEquals(
    report([
      { index: "1", reason: "first reading of a counter", culprit: "1.3.6.1" },
      { index: "2", reason: "a counter went back", culprit: "1.3.6.2" },
    ]),
    [
      'debug: Sensor "traffic" (id 17) has no value for index 1 (1.3.6.1): first reading of a counter',
      'raise for 3600 s: Sensor "traffic" (id 17) has no value for index 2 (1.3.6.2): a counter went back; it was reset, or is too small for its interface: then use a 64-bit counter (such as ifHCInOctets) or a shorter interval',
      'clear: sensor "traffic" (id 17)',
    ],
  );
  assertEquals(report([{ reason: "the expression has no result" }]), [
    'raise: Sensor "traffic" (id 17) has no value: the expression has no result; check it for divisions by zero',
  ]);
  assertEquals(report(new SnmpError("silent", "the device does not answer 1.3.6")), [
    'raise: Sensor "traffic" (id 17): the device does not answer 1.3.6',
  ]);
});
