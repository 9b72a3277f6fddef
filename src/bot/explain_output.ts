import type {
  ExplainedAccount,
  ExplainedDevice,
  ExplainedJob,
  Explanation,
} from "../collector/explain.ts";
import { toJsonLine } from "../util/escape_controls.ts";
import { counted, formatCount } from "../util/format_count.ts";
import { jobLabel } from "../util/job_label.ts";

/** What to do, by the reason that a device is not polled. */
const ADVICE: Readonly<Record<NonNullable<ExplainedDevice["reason"]>, string>> = {
  "protocol off":
    "turn it on for this bot: deno task setup --device NAME, or the device's page in Grafolean",
  "of another bot":
    "to take it over: deno task setup --device NAME, or choose this bot on the device's page",
  "not a device": "only entities of the type device are polled",
  "without credential": "choose a credential on the device's page",
  "without sensor": "add one: deno task setup --device NAME, or the device's page",
  "unreadable": "save it again in Grafolean",
  "half-saved": "ask again in a few seconds",
  "without interval": "set one: deno task setup --interval SENSOR=SECONDS, or the device's page",
  "without job": "the problems below or the documentation of the bot say what it needs",
};

// Nobody reads more than these.
const MAX_DEVICES = 20;

/** Formats an explanation as JSON lines: the bot, its accounts, their devices, the jobs they share, and problems. */
export function explanationAsJson(
  { now, bot, protocols, accounts, sharedJobs, problems }: Explanation,
): string[] {
  const lines: unknown[] = [{ kind: "bot", now, ...bot, protocols }];
  for (const { devices, ...account } of accounts) {
    lines.push({ kind: "account", ...account });
    for (const device of devices) {
      const polled = device.reason === undefined;
      lines.push({ kind: "device", accountId: account.id, polled, ...device });
    }
  }
  for (const job of sharedJobs) lines.push({ kind: "job", ...job });
  for (const message of problems) lines.push({ kind: "problem", message });
  return lines.map(toJsonLine);
}

/**
 * Formats an explanation for people: for each account a summary, then the devices by reason, with what to do.
 *
 * @param options Whether the devices were chosen; then all of them are listed, and not the first ones only.
 */
export function explanationAsText(
  { now, bot, protocols, accounts, sharedJobs, problems }: Explanation,
  { isChosen }: { readonly isChosen: boolean },
): string[] {
  const limit = isChosen ? Infinity : MAX_DEVICES;
  const polls = protocols.length === 0 ? "fetches no devices" : `polls ${protocols.join(", ")}`;
  const lines = [
    `Bot ${JSON.stringify(bot.name)} (id ${bot.id}) ${polls}`,
    `Times are in UTC, as in the log; now it is ${utc(now)}`,
  ];
  for (const account of accounts) {
    if (isChosen && account.devices.length === 0 && account.failure === undefined) continue;
    lines.push("", ...accountLines(account, limit, now));
  }
  if (sharedJobs.length > 0) lines.push("", "Jobs that are not for a single device:");
  for (const job of cut(sharedJobs, limit, lines)) {
    const devices = job.devices === 0 ? "" : ` for ${counted(job.devices, "device")}`;
    lines.push(`  ${jobLabel(job)}${devices}: ${schedule(job, now)}`);
  }
  if (problems.length > 0) lines.push("", "Problems:");
  for (const problem of cut(problems, limit, lines)) lines.push(`  ${problem}`);
  if (!isChosen) lines.push("", "The bot sees only accounts in which it has a permission.");
  return lines;
}

function accountLines(
  { id, name, failure, missingPermissions, devices }: ExplainedAccount,
  limit: number,
  now: number,
): string[] {
  const byReason = new Map<ExplainedDevice["reason"], ExplainedDevice[]>();
  for (const device of devices) {
    const group = byReason.get(device.reason);
    if (group === undefined) byReason.set(device.reason, [device]);
    else group.push(device);
  }
  const reasons = Array.from(
    byReason,
    ([reason, { length }]) => reason === undefined ? [] : `${formatCount(length)} ${reason}`,
  ).flat();
  const polled = byReason.get(undefined)?.length ?? 0;
  const summary = [`${counted(polled, "device")} polled`, ...reasons].join(", ");
  const label = `Account ${JSON.stringify(name)} (id ${id})`;
  const lines = failure === undefined
    ? [`${label}: ${summary}`]
    : [`${label} cannot be read: ${failure}`];
  if (missingPermissions.length > 0) {
    lines.push(
      `  Missing permissions, which deno task setup adds: ${missingPermissions.join(", ")}`,
    );
  }
  for (const [reason, group] of byReason) {
    lines.push(reason === undefined ? "  polled:" : `  ${reason} (${ADVICE[reason]}):`);
    for (const device of cut(group, limit, lines, "    ")) lines.push(...deviceLines(device, now));
  }
  return lines;
}

function deviceLines(
  { id, name, detail, notes, jobs }: ExplainedDevice,
  now: number,
): string[] {
  const label = `${name || "an entity"}${id === undefined ? "" : ` (id ${id})`}`;
  const [what = "", ...others] = [
    ...detail === undefined ? [] : [detail],
    ...jobs.map((job) =>
      job.devices > 1 ? `by job ${job.jobId}, see below` : `job ${job.jobId}, ${schedule(job, now)}`
    ),
    ...notes,
  ];
  return [`    ${label}: ${what}`, ...others.map((line) => `      ${line}`)];
}

/** Says how often and when a job runs. */
function schedule({ intervals, nextRuns, firstRun }: ExplainedJob, now: number): string {
  const today = utc(now).slice(0, 11);
  const times = nextRuns.map(({ at, intervals: due }) => {
    const time = utc(at).replace(today, "");
    return intervals.length > 1 ? `${time} (${due.join(" and ")} s)` : time;
  });
  // A job of a minute or less has a slot by then anyway.
  const isEarly = firstRun === "soon" && intervals.every((interval) => interval > 60);
  if (isEarly) times.push("and within a minute of each start");
  return `every ${intervals.join(" and ")} s; next at ${times.join(", ")}`;
}

/** Formats a time without a zone, such as `2027-01-15 08:00:00`. */
function utc(time: number): string {
  return new Date(time * 1000).toISOString().replace("T", " ").slice(0, 19);
}

/** Returns the first items. Adds a line to `lines` that counts the others. */
function* cut<T>(
  items: readonly T[],
  limit: number,
  lines: string[],
  indent = "  ",
): Generator<T> {
  yield* items.slice(0, limit);
  if (items.length <= limit) return;
  lines.push(
    `${indent}and ${formatCount(items.length - limit)} more: name one, or list all with --json`,
  );
}
