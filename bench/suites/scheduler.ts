import { denoCommand } from "../harness/processes.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";

const EMPTY = "empty process";
const INTERVAL = "`setInterval` per job";
const TOAD = "toad-scheduler";
const LIBRARY = "this library";
const CRONER = "croner";
// Downloaded when a variant imports them.
const TOAD_PACKAGE = "npm:toad-scheduler@4.1.0";
const CRONER_PACKAGE = "npm:croner@11.0.1";
const WITHOUT_CRONER = [INTERVAL, TOAD, LIBRARY];

/** All times are in seconds. */
function sized(
  jobs: number,
  interval: number,
  warmUp: number,
  window: number,
  kind: "async" | "sync" = "async",
  added: "spread" | "at once" = "spread",
): Case {
  const notes = (kind === "sync" ? ", synchronous" : "") +
    (added === "at once" ? ", added at once" : "");
  return {
    name: `${jobs.toLocaleString("en")}, each every ${interval} s${notes}`,
    args: [`${jobs}`, `${interval}`, `${warmUp}`, `${window}`, kind, added],
    // The schedulers take a moment for many jobs.
    seconds: warmUp + window + 0.3 + jobs / 50_000,
  };
}

function variant(name: string, scheduler: string, npmPackage = "none"): Variant {
  // The packages that it compares with look at the environment.
  const flags = ["--allow-read", "--allow-env"];
  return { name, command: denoCommand("variants/scheduler.ts", flags, scheduler, npmPackage) };
}

/** The cases that the chart shows. The fewer runs, the longer until code that runs often is compiled. */
export const GROWTH: readonly Case[] = [
  { ...sized(100, 1, 6.5, 3), variants: [...WITHOUT_CRONER, CRONER] },
  { ...sized(1_000, 1, 4, 3), variants: [...WITHOUT_CRONER, CRONER] },
  { ...sized(10_000, 1, 2.5, 3), variants: [...WITHOUT_CRONER, CRONER] },
  // Croner needs a tenth of a megabyte for each job.
  { ...sized(100_000, 10, 10.5, 5), variants: WITHOUT_CRONER },
];

/** The scheduler beside others, with jobs that do nothing. */
export const scheduler: Suite = {
  name: "scheduler",
  title: "Scheduler",
  about:
    `Jobs whose asynchronous function does nothing, with \`${TOAD_PACKAGE}\` and its AsyncTask, ` +
    `\`${CRONER_PACKAGE}\`, and this library, a \`Collector\` with \`dryRun\`: missed slots, timeouts, ` +
    "limits and statistics on. This library spreads jobs over their interval. `setInterval` and " +
    "toad-scheduler run a job an interval after it was added, so jobs are added to them over an " +
    "interval or, where the table says so, at once. CPU is user and system time of the process, per " +
    "run: over a few seconds after a warm-up, and from the start of the process to their end. A run " +
    "is late against the slot of its job; with `setInterval` and toad-scheduler, against the moment " +
    "at which the job was added plus a multiple of its interval; with croner, against the second of " +
    "its pattern. `runs` are those seen of those expected: croner leaves out the seconds that it " +
    "misses, so none of its runs is later than one.",
  headings: ["jobs", "scheduler"],
  cases: [
    ...GROWTH,
    { ...sized(10_000, 1, 2.5, 3, "sync"), variants: WITHOUT_CRONER, rounds: 2 },
    { ...sized(10_000, 1, 2.5, 3, "async", "at once"), variants: WITHOUT_CRONER, rounds: 2 },
    {
      ...sized(10_000, 300, 6.5, 8),
      variants: [EMPTY, LIBRARY],
      rounds: 2,
    },
  ],
  quickArgs: ["100", "1", "1.5", "1", "async", "spread"],
  variants: [
    variant(EMPTY, "none"),
    variant(INTERVAL, "interval"),
    variant(TOAD, "toad", TOAD_PACKAGE),
    variant(LIBRARY, "library"),
    variant(CRONER, "croner", CRONER_PACKAGE),
  ],
  figures: [
    { key: "cpu", title: "CPU per run", unit: "µs", ratio: true },
    { key: "whole", title: "from the start", unit: "µs" },
    { key: "core", title: "of a core", unit: "%" },
    { key: "p50", title: "late p50", unit: "ms" },
    { key: "p99", title: "late p99", unit: "ms" },
    { key: "rss", title: "RSS", unit: "MB" },
    { key: "runs", title: "runs", unit: "%" },
  ],
  reference: TOAD,
};
