import { denoCommand } from "../harness/run_variant.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";
import { CRONER, TOAD_SCHEDULER } from "../peers.ts";

const SCRIPT = import.meta.resolve("../variants/scheduler.ts");
// The packages that it compares with look at the environment.
const FLAGS = ["--allow-read", "--allow-env"];

const EMPTY = "empty process";
const LIBRARY = "this library";

interface Sizes {
  readonly jobs: number;
  /** In seconds, as all that follows. */
  readonly interval: number;
  /** Ends between two runs of jobs that all start at once. */
  readonly warmUp: number;
  readonly window: number;
  readonly isAsync?: boolean;
}

function sized({ jobs, interval, warmUp, window, isAsync }: Sizes): Case {
  const kind = isAsync ? ", asynchronous" : "";
  return {
    name: `${jobs.toLocaleString("en")}, each every ${interval} s${kind}`,
    args: [`${jobs}`, `${interval}`, `${warmUp}`, `${window}`, isAsync ? "async" : "sync"],
    // The schedulers take a moment for many jobs.
    seconds: warmUp + window + jobs / 50_000,
  };
}

function variant(name: string, scheduler: string): Variant {
  return {
    name,
    command: ({ case: { args = [] }, quick }) => {
      const [jobs, interval, warmUp, window, kind] = args;
      const times = quick ? ["0.5", "1"] : [warmUp!, window!];
      return denoCommand(SCRIPT, FLAGS, scheduler, jobs!, interval!, ...times, kind!);
    },
  };
}

const UP_TO_100_000 = [
  variant("`setInterval` per job", "interval"),
  variant("toad-scheduler", "toad"),
  variant(LIBRARY, "library"),
];
const WITHOUT_CRONER = UP_TO_100_000.map(({ name }) => name);
const SCHEDULERS = [...UP_TO_100_000, variant("croner", "croner")];
const NAMES = SCHEDULERS.map(({ name }) => name);

const TIMES = { interval: 1, warmUp: 2.5, window: 3 };
const FULL_SECOND = { jobs: 10_000, ...TIMES };

const SMALL = [{ jobs: 100, ...TIMES }, { jobs: 1_000, ...TIMES }, FULL_SECOND]
  .map((sizes): Case => ({ ...sized(sizes), variants: NAMES }));
/** Without croner, which needs a tenth of a megabyte for each job. */
const LARGE: Case = {
  ...sized({ jobs: 100_000, interval: 10, warmUp: 11, window: 10 }),
  variants: WITHOUT_CRONER,
};

/** The cases that the chart shows, by the number of jobs. */
export const GROWTH: ReadonlyMap<number, Case> = new Map(
  [...SMALL, LARGE].map((one) => [Number(one.args![0]), one]),
);

/** The scheduler beside others, with jobs that do nothing. */
export const scheduler: Suite = {
  name: "scheduler",
  title: "Scheduler",
  about: `Jobs that do nothing, with \`${TOAD_SCHEDULER}\`, \`${CRONER}\` and this library, a ` +
    "`Collector` with `dryRun`: missed slots, timeouts, limits and statistics on. CPU is user and " +
    "system time of the process over a few seconds, after a warm-up. A run is late by the time " +
    "from the moment at which its scheduler should have started it: for `setInterval` and " +
    "toad-scheduler, the moment at which the job was added plus a multiple of its interval; for " +
    "this library, the slot of the job; for croner, the second of the pattern. `runs` are those " +
    "seen of those expected: croner leaves out the seconds that it misses, so that none of its runs " +
    "is later than one.",
  headings: ["jobs", "scheduler"],
  cases: [
    ...SMALL,
    { ...sized({ ...FULL_SECOND, isAsync: true }), variants: WITHOUT_CRONER, rounds: 2 },
    LARGE,
    // Only this library spreads such jobs by itself; the others start all of them at once, after five minutes.
    {
      ...sized({ jobs: 10_000, interval: 300, warmUp: 2.5, window: 8 }),
      variants: [EMPTY, LIBRARY],
      rounds: 2,
    },
  ],
  variants: [variant(EMPTY, "none"), ...SCHEDULERS],
  figures: [
    { key: "cpu", title: "CPU per run", unit: "µs", digits: 1, ratio: true },
    { key: "core", title: "of a core", unit: "%", digits: 2, spread: false },
    { key: "p50", title: "late p50", unit: "ms", digits: 1, spread: false },
    { key: "p99", title: "late p99", unit: "ms", digits: 1 },
    { key: "max", title: "late max", unit: "ms", spread: false },
    { key: "rss", title: "RSS", unit: "MB", spread: false },
    { key: "runs", title: "runs", unit: "%", digits: 1, spread: false },
  ],
  reference: "toad-scheduler",
};
