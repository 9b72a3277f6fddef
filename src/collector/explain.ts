import type { Decision, LeftOut } from "../discovery/resolve_entity.ts";
import { missingPermissions } from "../grafolean/missing_permissions.ts";
import { JobDiff } from "../jobs/job_diff.ts";
import { affectingIntervals, nextSlot, slotOrigin } from "../jobs/slots.ts";
import type { ValidJob } from "../jobs/validate_job.ts";
import type { Findings } from "./findings.ts";
import { devicesOfJob, WITHOUT_INTERVAL } from "./job_devices.ts";

/** Why each device of each account is polled or not. */
export interface Explanation {
  /** The time, in UNIX seconds. */
  readonly now: number;
  /** The bot, with its protocol in Grafolean. */
  readonly bot: { readonly id: number; readonly name: string; readonly protocol: string | null };
  /** The protocols whose devices `jobs()` has fetched. */
  readonly protocols: readonly string[];
  /** The accounts that the bot can see. */
  readonly accounts: readonly ExplainedAccount[];
  /** The jobs for several devices or for none. */
  readonly sharedJobs: readonly ExplainedJob[];
  /** What else is wrong, one sentence each. */
  readonly problems: readonly string[];
  /** A sentence for each chosen device that was not found. */
  readonly unknownDevices: readonly string[];
}

/** An account in an {@linkcode Explanation}. */
export interface ExplainedAccount {
  /** The id. */
  readonly id: number;
  /** The name. */
  readonly name: string;
  /** Why it cannot be read; `undefined` if it can. */
  readonly failure?: string | undefined;
  /** The permissions that the bot lacks, such as `PUT on accounts/7/values`. */
  readonly missingPermissions: readonly string[];
  /** The chosen devices, those that are not polled first. */
  readonly devices: readonly ExplainedDevice[];
}

/** A device in an {@linkcode Explanation}. */
export interface ExplainedDevice {
  /** The id; `undefined` if it cannot be read. */
  readonly id: number | undefined;
  /** The name; names need not be unique. */
  readonly name: string;
  /** The protocol that this is about. */
  readonly protocol: string;
  /** Why it is not polled, in a few words; `undefined` if it is polled. */
  readonly reason?: LeftOut["reason"] | "without interval" | "without job" | undefined;
  /** The reason in full. */
  readonly detail?: string | undefined;
  /** What else is wrong with it or worth knowing, one sentence each. */
  readonly notes: readonly string[];
  /** Its jobs that run. */
  readonly jobs: readonly ExplainedJob[];
}

/** A job in an {@linkcode Explanation}. */
export interface ExplainedJob {
  /** The id. */
  readonly jobId: string;
  /** The name, if it has one. */
  readonly name?: string | undefined;
  /** Its intervals, in seconds. */
  readonly intervals: readonly number[];
  /** Its next slots, in UNIX seconds, with their intervals. A bot that computes `startTs` from the time may have others. */
  readonly nextRuns: readonly { readonly at: number; readonly intervals: readonly number[] }[];
  /** `"soon"` if it also runs within a minute of a start of the bot. */
  readonly firstRun: "soon" | "slot";
  /** For how many devices it is. */
  readonly devices: number;
}

const NEXT_RUNS = 3;

/** Explains from what was found why each device is polled or not. */
export function explain(findings: Findings): Explanation {
  const { profile, protocols, surveys, botNames, problems, unknownDevices, now } = findings;
  const diff = new JobDiff(new Map());
  for (const job of findings.jobs) diff.add(job);
  const { added, leftOut, refused } = diff;
  const known = new Set(
    surveys.flatMap(({ decisions }) => decisions.flatMap(({ info }) => info?.entityId ?? [])),
  );
  const withoutInterval = new Set(leftOut.flatMap((job) => [...devicesOfJob(job, known)]));
  const jobsOf = new Map<number, ExplainedJob[]>();
  const jobs = added.map((job) => {
    const ids = devicesOfJob(job, known);
    const explained = explainJob(job, ids.size, now);
    for (const id of ids) jobsOf.set(id, [...jobsOf.get(id) ?? [], explained]);
    return explained;
  });

  const explainDevice = (protocol: string, decision: Decision): ExplainedDevice => {
    const { id = NaN, info, notes = [], unscheduled = [] } = decision;
    const jobs = jobsOf.get(id) ?? [];
    const isIdle = withoutInterval.has(id);
    // A bot whose jobs have intervals of their own does not need those of the sensors.
    const intervals = new Set(info?.sensors.map(({ interval }) => interval));
    const needsIntervals = info === undefined || isIdle ||
      jobs.some((job) =>
        job.devices === 1 && job.intervals.every((interval) => intervals.has(interval))
      );
    return {
      id: decision.id,
      name: decision.name,
      protocol,
      ...(info === undefined
        ? whyNot(decision, botNames)
        : jobs.length > 0
        ? {}
        : isIdle
        ? WITHOUT_INTERVAL
        : { reason: "without job", detail: "the bot has no job for it" }),
      notes: [...decision.problems, ...notes, ...needsIntervals ? unscheduled : []],
      jobs,
    };
  };
  const own = profile.protocol === null ? "no protocol" : `the protocol ${profile.protocol}`;
  const mismatch = protocols.filter((protocol) => protocol !== profile.protocol).map((protocol) =>
    `In Grafolean the bot has ${own}, so no device can choose it for ${protocol}`
  );
  return {
    now,
    bot: { id: profile.user_id, name: profile.name, protocol: profile.protocol },
    protocols,
    accounts: explainAccounts(findings, explainDevice),
    sharedJobs: jobs.filter(({ devices }) => devices !== 1),
    problems: [...mismatch, ...refused, ...problems],
    unknownDevices,
  };
}

/** Explains the accounts, each once, whatever the number of protocols. */
function explainAccounts(
  { surveys, permissions, isChosen }: Findings,
  explainDevice: (protocol: string, decision: Decision) => ExplainedDevice,
): ExplainedAccount[] {
  // Not at the top level: it takes 15 ms, which every bot would wait for.
  const collator = new Intl.Collator(undefined, { numeric: true });
  const byReasonAndName = (a: ExplainedDevice, b: ExplainedDevice): number =>
    Number(a.reason === undefined) - Number(b.reason === undefined) ||
    collator.compare(a.name, b.name);
  const accounts = new Map<number, ExplainedAccount>();
  for (const { protocol, id, name, failure, decisions } of surveys) {
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
  return [...accounts.values()];
}

function whyNot(
  { leftOut }: Decision,
  botNames: ReadonlyMap<number, string>,
): Pick<ExplainedDevice, "reason" | "detail"> {
  const botName = botNames.get(leftOut?.otherBot ?? NaN);
  const name = botName ? `, ${JSON.stringify(botName)}` : "";
  return { reason: leftOut?.reason, detail: `${leftOut?.detail}${name}` };
}

function explainJob(job: ValidJob, devices: number, now: number): ExplainedJob {
  const { jobId, name, intervals, firstRun } = job;
  const origin = slotOrigin(job);
  const nextRuns: ExplainedJob["nextRuns"][number][] = [];
  for (let at = now * 1000; nextRuns.length < NEXT_RUNS;) {
    at = nextSlot(intervals, origin, at);
    nextRuns.push({ at: at / 1000, intervals: affectingIntervals(intervals, origin, at - 1, at) });
  }
  return { jobId, name, intervals, nextRuns, firstRun, devices };
}
