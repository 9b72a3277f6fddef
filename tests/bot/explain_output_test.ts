import { assertEquals } from "@std/assert";
import { explanationAsText } from "../../src/bot/explain_output.ts";
import type { ExplainedDevice, Explanation } from "../../src/collector/explain.ts";

const NOTHING: Explanation = {
  now: 1_799_999_990,
  bot: { id: 7, name: "walker", protocol: "snmp" },
  protocols: ["snmp"],
  accounts: [],
  sharedJobs: [],
  problems: [],
  unknownDevices: [],
};

/** Devices that are all left out. */
function leftOut(count: number): ExplainedDevice[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `device ${id}`,
    protocol: "snmp",
    reason: "protocol off",
    detail: "snmp is off",
    notes: [],
    jobs: [],
  }));
}

Deno.test("explanationAsText counts all devices and lists no more than a person reads, unless they were chosen", () => {
  const accounts = [{ id: 1, name: "Big", missingPermissions: [], devices: leftOut(20_000) }];
  const lines = explanationAsText({ ...NOTHING, accounts }, { isChosen: false });
  assertEquals(lines[3], 'Account "Big" (id 1): 0 devices polled, 20,000 protocol off');
  assertEquals(lines.filter((line) => line.includes("snmp is off")).length, 20);
  assertEquals(lines[25], "    and 19,980 more: name one, or list all with --json");
  const chosen = explanationAsText({ ...NOTHING, accounts }, { isChosen: true });
  assertEquals(chosen.filter((line) => line.includes("snmp is off")).length, 20_000);
});

Deno.test("explanationAsText reads well for a bot with one job for all devices", () => {
  const nextRuns = [1_800_000_000.9, 1_800_086_400.9].map((at) => ({ at, intervals: [60] }));
  const traffic = {
    jobId: "traffic",
    intervals: [60],
    nextRuns,
    firstRun: "soon" as const,
    devices: 2,
  };
  const suggest = { ...traffic, jobId: "suggest", name: "suggests", intervals: [3600], devices: 0 };
  const { reason: _, detail: _detail, ...device } = leftOut(1)[0]!;
  const devices = ["router", "switch"].map((name) => ({
    ...device,
    name,
    jobs: [traffic],
  }));
  const accounts = [{ id: 1, name: "Home", missingPermissions: ["PUT on x"], devices }];
  const explanation = { ...NOTHING, accounts, sharedJobs: [traffic, suggest], problems: ["It is"] };
  assertEquals(explanationAsText(explanation, { isChosen: false }), [
    'Bot "walker" (id 7) polls snmp',
    "Times are in UTC, as in the log; now it is 2027-01-15 07:59:50",
    "",
    'Account "Home" (id 1): 2 devices polled',
    "  Missing permissions, which deno task setup adds: PUT on x",
    "  polled:",
    "    router (id 0): by job traffic, see below",
    "    switch (id 0): by job traffic, see below",
    "",
    "Jobs that are not for a single device:",
    "  traffic for 2 devices: every 60 s; next at 08:00:00, 2027-01-16 08:00:00",
    "  suggests (suggest): every 3600 s; next at 08:00:00, 2027-01-16 08:00:00, and within a minute of each start",
    "",
    "Problems:",
    "  It is",
    "",
    "The bot sees only accounts in which it has a permission.",
  ]);
});
