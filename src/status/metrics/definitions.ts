import { runtime } from "../../util/runtime.ts";
import { VERSION } from "../../util/version.ts";
import type { Metric, Sample } from "./metric.ts";
import { obstacleOf } from "./readiness.ts";

/** All metrics of a bot, in the order in which they are shown. */
export const METRICS: readonly Metric[] = [
  {
    name: "grafolean.bot.build_info",
    type: "gauge",
    help: "Always 1, with the name and version of the bot, and the versions of library and runtime",
    labels: ["bot", "version", "library", "runtime"],
    read: ({ bot }) => [[1, bot.name, bot.version ?? "", VERSION, runtime()]],
  },
  {
    name: "process.start_time",
    type: "gauge",
    unit: "s",
    help: "When the bot was started, in UNIX seconds",
    read: ({ bot }) => [[bot.startedAt]],
  },
  {
    name: "grafolean.bot.healthy",
    type: "gauge",
    help: "1 if the bot is healthy, else 0",
    read: ({ health }) => [[Number(health.ok)]],
  },
  {
    name: "grafolean.bot.ready",
    type: "gauge",
    help: "1 if the bot has jobs, and has refreshed them since its start, else 0",
    read: ({ tally, stats }) => [[
      Number(stats !== undefined && obstacleOf(stats, tally) === undefined),
    ]],
  },
  {
    name: "grafolean.bot.devices_polled",
    type: "gauge",
    help: "Devices that the bot polls",
    read: ({ polled }) => known(polled),
  },
  {
    name: "grafolean.bot.devices_left_out",
    type: "gauge",
    help: "Devices that the bot does not poll",
    labels: ["reason"],
    read: ({ leftOut }) => counts(leftOut),
  },
  {
    name: "grafolean.bot.jobs",
    type: "gauge",
    help: "Jobs that the bot has",
    read: ({ stats }) => known(stats?.jobs.known),
  },
  {
    name: "grafolean.bot.jobs_running",
    type: "gauge",
    help: "Jobs that are running",
    read: ({ stats }) => known(stats?.jobs.running),
  },
  {
    name: "grafolean.bot.jobs_waiting",
    type: "gauge",
    help: "Jobs that are due and wait for their turn",
    read: ({ stats }) => known(stats?.jobs.waiting),
  },
  {
    name: "grafolean.bot.jobs_failing",
    type: "gauge",
    help: "Jobs whose last run failed",
    read: ({ stats }) => known(stats?.jobs.failing),
  },
  {
    name: "grafolean.bot.runs",
    type: "counter",
    help: "Runs of jobs: ok, failed, timed_out or cancelled",
    labels: ["outcome"],
    read: ({ tally: { runs } }) => [
      [runs.ok, "ok"],
      [runs.failed, "failed"],
      [runs.timedOut, "timed_out"],
      [runs.cancelled, "cancelled"],
    ],
  },
  {
    name: "grafolean.bot.run.duration",
    type: "histogram",
    unit: "s",
    help: "How long runs took",
    read: ({ tally }) => tally.runSeconds,
  },
  {
    name: "grafolean.bot.run.lateness",
    type: "histogram",
    unit: "s",
    help: "How much later than their slots runs started",
    read: ({ tally }) => tally.latenessSeconds,
  },
  {
    name: "grafolean.bot.slots_skipped",
    type: "counter",
    help: "Slots without a run of their own, as the job was still running or waiting",
    read: ({ stats }) => [[stats?.runs.skipped ?? 0]],
  },
  {
    name: "grafolean.bot.refreshes",
    type: "counter",
    help: "Refreshes of the jobs: ok or failed",
    labels: ["outcome"],
    read: ({ tally: { refreshes } }) => [[refreshes.ok, "ok"], [refreshes.failed, "failed"]],
  },
  {
    name: "grafolean.bot.refresh.duration",
    type: "histogram",
    unit: "s",
    help: "How long refreshes took",
    read: ({ tally }) => tally.refreshSeconds,
  },
  {
    name: "grafolean.bot.last_successful_refresh_timestamp",
    type: "gauge",
    unit: "s",
    help: "When the last refresh succeeded, in UNIX seconds",
    read: ({ tally }) => known(tally.refreshedAt),
  },
  {
    name: "grafolean.bot.requests",
    type: "counter",
    help: "Requests to Grafolean; the status is none without an answer",
    labels: ["kind", "method", "status"],
    read: ({ tally }) =>
      [...tally.requests].map(({ count, request: { kind, method, status } }): Sample => [
        count,
        kind,
        method,
        `${status ?? "none"}`,
      ]),
  },
  {
    name: "grafolean.bot.request.duration",
    type: "histogram",
    unit: "s",
    help: "How long requests to Grafolean took",
    labels: ["kind"],
    read: ({ tally }) => tally.requestSeconds,
  },
  {
    name: "grafolean.bot.values_handed_over",
    type: "counter",
    help: "Values that jobs have sent, and that were left by the previous run",
    read: ({ stats }) => [[stats?.values.handedOver ?? 0]],
  },
  {
    name: "grafolean.bot.values",
    type: "counter",
    help:
      "Values that were sent to Grafolean, refused by the library or by Grafolean, or dropped as too many waited, or for too long",
    labels: ["outcome"],
    read: ({ stats }) => [
      [stats?.values.sent ?? 0, "sent"],
      [stats?.values.refused ?? 0, "refused"],
      [stats?.values.dropped ?? 0, "dropped"],
    ],
  },
  {
    name: "grafolean.bot.values_waiting",
    type: "gauge",
    help: "Values that wait for delivery",
    read: ({ stats }) => known(stats?.values.waiting),
  },
  {
    name: "grafolean.bot.values_quarantined",
    type: "gauge",
    help: "Waiting values on whose paths Grafolean fails with 500",
    read: ({ stats }) => known(stats?.values.quarantined),
  },
  {
    name: "grafolean.bot.oldest_waiting_value_age",
    type: "gauge",
    unit: "s",
    help: "The age of the oldest waiting value, 0 if none waits",
    read: ({ stats }) => known(stats && (stats.values.oldestAge ?? 0)),
  },
  {
    name: "grafolean.bot.outbox_durable",
    type: "gauge",
    help: "1 if all waiting values would survive the end of the process, else 0",
    read: ({ stats }) => known(stats && Number(stats.values.durable)),
  },
  {
    name: "grafolean.bot.problems_open",
    type: "gauge",
    help: "Problems that have not ended",
    labels: ["kind"],
    read: ({ problems }) => counts(problems),
  },
];

/** A value that may not be known yet. */
function known(value: number | undefined): Sample[] {
  return value === undefined ? [] : [[value]];
}

function counts(byLabel: ReadonlyMap<string, number>): Iterable<Sample> {
  return [...byLabel].map(([label, count]): Sample => [count, label]);
}
