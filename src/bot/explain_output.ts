import type {
  ExplainedAccount,
  ExplainedDevice,
  ExplainedJob,
  Explanation,
} from "../collector/explanation.ts";
import { toJsonLine } from "../util/escape_controls.ts";
import { jobLabel } from "../util/job_label.ts";

/** What to do, by the reason that a device is not polled. */
const ADVICE: Readonly<Record<string, string>> = {
  "protocol off": "turn the protocol on, on the device's page in Grafolean, and choose this bot",
  "of another bot": "choose this bot on the device's page, if it should poll it",
  "not a device": "only entities of the type device are polled",
  "without credential": "choose a credential on the device's page",
  "without sensor": "enable a sensor on the device's page",
  "unreadable": "save it again in Grafolean",
  "half-saved": "ask again in a few seconds",
  "without interval": "enter an interval on the device's page, or a default one in the sensor",
  "without job": "the problems below or the documentation of the bot say what it needs",
};

// Nobody reads more than these.
const MAX_DEVICES = 20;

/** Formats an explanation as JSON lines: the bot, its accounts, their devices, the jobs they share, and problems. */
export function explanationAsJson(explanation: Explanation): string[] {
  const { bot, protocols, accounts, sharedJobs, problems } = explanation;
  const lines: unknown[] = [{ kind: "bot", ...bot, protocols }];
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
  { bot, protocols, accounts, sharedJobs, problems }: Explanation,
  { isChosen }: { readonly isChosen: boolean },
): string[] {
  const limit = isChosen ? Infinity : MAX_DEVICES;
  const polls = protocols.length === 0 ? "fetches no devices" : `polls ${protocols.join(", ")}`;
  const lines = [`Bot ${JSON.stringify(bot.name)} (id ${bot.id}) ${polls}`];
  for (const account of accounts) {
    if (isChosen && account.devices.length === 0 && account.failure === undefined) continue;
    lines.push("", ...accountLines(account, limit));
  }
  if (sharedJobs.length > 0) lines.push("", "Jobs that are not for a single device:");
  for (const job of cut(sharedJobs, limit, lines)) {
    const devices = job.devices === 0 ? "" : ` for ${count(job.devices, "device")}`;
    lines.push(`  ${jobLabel(job)}${devices}: ${schedule(job)}`);
  }
  if (problems.length > 0) lines.push("", "Problems:");
  for (const problem of cut(problems, limit, lines)) lines.push(`  ${problem}`);
  if (!isChosen) {
    lines.push("", "The bot sees only accounts in which it has a permission.");
  }
  return lines;
}

function accountLines(
  { id, name, failure, missingPermissions, devices }: ExplainedAccount,
  limit: number,
): string[] {
  const byReason = new Map<string | undefined, ExplainedDevice[]>();
  for (const device of devices) {
    const group = byReason.get(device.reason);
    if (group === undefined) byReason.set(device.reason, [device]);
    else group.push(device);
  }
  const polled = byReason.get(undefined) ?? [];
  const reasons = Array.from(
    byReason,
    ([reason, { length }]) => reason === undefined ? [] : `${length} ${reason}`,
  ).flat();
  const summary = [`${count(polled.length, "device")} polled`, ...reasons].join(", ");
  const label = `Account ${JSON.stringify(name)} (id ${id})`;
  const lines = failure === undefined
    ? [`${label}: ${summary}`]
    : [`${label} cannot be read: ${failure}`];
  if (missingPermissions.length > 0) {
    lines.push(`  Missing permissions, grant them to this bot: ${missingPermissions.join(", ")}`);
  }
  for (const [reason, group] of byReason) {
    if (reason !== undefined) lines.push(`  ${reason} (${ADVICE[reason] ?? "see its notes"}):`);
    else lines.push("  polled:");
    for (const device of cut(group, limit, lines, "    ")) lines.push(...deviceLines(device));
  }
  return lines;
}

function deviceLines({ id, name, detail, notes, jobs, sharedJobs }: ExplainedDevice): string[] {
  const label = `${name || "an entity"}${id === undefined ? "" : ` (id ${id})`}`;
  const first = jobs[0];
  const what = detail ??
    (first === undefined
      ? `by job ${sharedJobs.join(", ")}`
      : `job ${first.jobId}, ${schedule(first)}`);
  return [
    `    ${label}: ${what}`,
    ...jobs.slice(detail === undefined ? 1 : 0)
      .map((job) => `      job ${job.jobId}, ${schedule(job)}`),
    ...notes.map((note) => `      ${note}`),
  ];
}

/** Says how often and when a job runs. */
function schedule({ intervals, nextRuns }: Pick<ExplainedJob, "intervals" | "nextRuns">): string {
  const every = `every ${intervals.join(" and ")} s`;
  const times = nextRuns.map(({ at, intervals: due }) => {
    const time = new Date(at * 1000).toISOString().replace(/\.\d+/, "");
    return intervals.length > 1 ? `${time} (${due.join(" and ")} s)` : time;
  });
  return `${every}; next at ${times.join(", ")}`;
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
  lines.push(`${indent}and ${items.length - limit} more: name one, or list all with --json`);
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
