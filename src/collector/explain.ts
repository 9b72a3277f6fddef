import type { Decision } from "../discovery/account_devices.ts";
import type { ProtocolSurvey } from "../discovery/device_source.ts";
import { missingPermissions } from "../grafolean/missing_permissions.ts";
import type { WirePermission, WireProfile } from "../grafolean/wire.ts";
import { diffJobs } from "../jobs/job_diff.ts";
import { affectingIntervals, nextSlot, slotOrigin } from "../jobs/slots.ts";
import type { ValidJob } from "../jobs/validate_job.ts";
import type {
  ExplainedAccount,
  ExplainedDevice,
  ExplainedJob,
  Explanation,
} from "./explanation.ts";
import { devicesOfJob } from "./job_devices.ts";

/** What {@linkcode explain} needs. */
interface Findings {
  /** Whose token it is. */
  readonly profile: WireProfile;
  /** The permissions of the bot; `undefined` if they cannot be read. */
  readonly permissions: readonly WirePermission[] | undefined;
  /** The names of other bots by id, as far as this one may read them. */
  readonly botNames: ReadonlyMap<number, string>;
  /** What was found in the accounts, for each protocol. */
  readonly surveys: readonly ProtocolSurvey[];
  /** What `jobs()` has returned. */
  readonly jobs: readonly unknown[];
  /** Whether to explain an entity. */
  readonly isChosen: (decision: Decision) => boolean;
  /** What the bot has reported. */
  readonly problems: readonly string[];
  /** The chosen devices that do not exist. */
  readonly unknownDevices: readonly string[];
  /** The time, in UNIX seconds. */
  readonly now: number;
}

const NEXT_RUNS = 3;

/** Explains from what was found why each device is polled or not. */
export function explain(findings: Findings): Explanation {
  const { profile, surveys, jobs, now } = findings;
  const { added, leftOut, refused } = diffJobs(jobs, new Map());
  const decisions = surveys.flatMap(({ accounts }) =>
    accounts.flatMap(({ decisions }) => decisions)
  );
  const known = new Set(decisions.flatMap(({ info }) => info?.entityId ?? []));
  const own = new Map<number, ExplainedJob[]>();
  const shared = new Map<number, string[]>();
  const sharedJobs: ExplainedJob[] = [];
  for (const job of added) {
    const ids = devicesOfJob(job, known);
    const explained = explainJob(job, ids.size, now);
    if (ids.size !== 1) sharedJobs.push(explained);
    for (const id of ids) {
      if (ids.size === 1) append(own, id, explained);
      else append(shared, id, job.jobId);
    }
  }
  const withoutInterval = new Set(leftOut.flatMap((job) => [...devicesOfJob(job, known)]));
  const explainDevice = (protocol: string, decision: Decision): ExplainedDevice => {
    const { id, name, info, problems, notes = [], unscheduled = [] } = decision;
    const jobs = own.get(id ?? NaN) ?? [];
    const sharedJobs = shared.get(id ?? NaN) ?? [];
    const why = whyNot(decision, findings.botNames) ??
      (jobs.length + sharedJobs.length > 0
        ? undefined
        : id !== undefined && withoutInterval.has(id)
        ? { reason: "without interval", detail: "none of its sensors has an interval" }
        : { reason: "without job", detail: "the bot has no job for it" });
    // A bot whose jobs have intervals of their own does not need those of the sensors.
    const intervals = new Set(info?.sensors.map(({ interval }) => interval));
    const needsIntervals = id === undefined || withoutInterval.has(id) ||
      jobs.some((job) => job.intervals.every((interval) => intervals.has(interval)));
    const allNotes = [...problems, ...notes, ...needsIntervals ? unscheduled : []];
    return { id, name, protocol, ...why, notes: allNotes, jobs, sharedJobs };
  };
  const protocols = surveys.map(({ protocol }) => protocol);
  const mismatch = protocols.filter((protocol) => protocol !== profile.protocol).map((protocol) => {
    const own = profile.protocol === null ? "no protocol" : `the protocol ${profile.protocol}`;
    return `In Grafolean the bot has ${own}, so no device can choose it for ${protocol}`;
  });
  return {
    bot: { id: profile.user_id, name: profile.name, protocol: profile.protocol },
    protocols,
    accounts: explainAccounts(findings, explainDevice),
    sharedJobs,
    problems: [...mismatch, ...refused, ...findings.problems],
    unknownDevices: findings.unknownDevices,
  };
}

/** Explains the accounts, each once, whatever the number of protocols. */
function explainAccounts(
  { surveys, permissions, isChosen }: Findings,
  explainDevice: (protocol: string, decision: Decision) => ExplainedDevice,
): ExplainedAccount[] {
  const accounts = new Map<number, ExplainedAccount>();
  for (const { protocol, accounts: found } of surveys) {
    for (const { id, name, failure, decisions } of found) {
      const devices = decisions.filter(isChosen).map((each) => explainDevice(protocol, each));
      const before = accounts.get(id);
      accounts.set(id, {
        id,
        name,
        failure: before?.failure ?? failure,
        missingPermissions: permissions === undefined ? [] : missingPermissions(permissions, id),
        devices: [...before?.devices ?? [], ...devices].sort(byReasonAndName),
      });
    }
  }
  return [...accounts.values()];
}

function whyNot(
  { info, leftOut }: Decision,
  botNames: ReadonlyMap<number, string>,
): Pick<ExplainedDevice, "reason" | "detail"> | undefined {
  if (info !== undefined || leftOut === undefined) return undefined;
  const { reason, detail, otherBot } = leftOut;
  const botName = otherBot === undefined ? undefined : botNames.get(otherBot);
  return { reason, detail: botName ? `${detail}, ${JSON.stringify(botName)}` : detail };
}

function explainJob(job: ValidJob, devices: number, now: number): ExplainedJob {
  const { jobId, name, intervals } = job;
  const origin = slotOrigin(job);
  const nextRuns: ExplainedJob["nextRuns"][number][] = [];
  for (let at = now; nextRuns.length < NEXT_RUNS;) {
    at = nextSlot(intervals, origin, at);
    nextRuns.push({ at, intervals: affectingIntervals(intervals, origin, at - 1, at) });
  }
  return { jobId, name, intervals, nextRuns, devices };
}

const collator = new Intl.Collator(undefined, { numeric: true });

function byReasonAndName(a: ExplainedDevice, b: ExplainedDevice): number {
  return Number(a.reason === undefined) - Number(b.reason === undefined) ||
    collator.compare(a.name, b.name);
}

function append<T>(lists: Map<number, T[]>, key: number, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
